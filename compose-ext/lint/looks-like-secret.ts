const NAME =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|(?:^|_)(?:API|ACCESS|PRIVATE|AUTH|ENCRYPTION|SIGNING)?_?KEY$/;
/** Names that speak about a secret and are none. */
const ABOUT =
  /^(?:ALLOW|DISABLE|ENABLE|REQUIRE|USE|MAX|MIN|NUM|SKIP)_|PUBLIC|RANDOM|PUBLISHABLE|(?:PRIMARY|FOREIGN|SORT|PARTITION|CACHE|SHARD|ROUTING)_KEY$|_(?:FILE|PATH|DIR|NAME|ID|URL|URI|HOST|PORT|USER|HEADER|TYPE|TTL|AGE|LENGTH|SIZE|LIMIT|LIFETIME|TIMEOUT|EXPIRY|EXPIRES|EXPIRATION|EXPIRES_IN|EXPIRE_MINUTES|SECONDS|MINUTES|HOURS|DAYS|ENABLED|REQUIRED|POLICY|ALGORITHM|PREFIX|ISSUER|AUDIENCE|ENDPOINT|TOKENS|COUNT)$/;
/** Switches, paths such as /run/secrets/db, references of other tools, and the names of secrets. */
const HARMLESS = /^(?:true|false|yes|no|on|off|none|null|0|1|[./~].*|[a-z]+:\/\/[^@]*|\{\{.*\}\}|<.*>)$/i;
const VALUES = [
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/,
  /^gh[pousr]_[A-Za-z0-9]{36,}$/,
  /^github_pat_[A-Za-z0-9_]{50,}$/,
  /^glpat-[A-Za-z0-9_-]{20,}$/,
  /^xox[abprs]-[A-Za-z0-9-]{10,}$/,
  /^[sr]k_(?:live|test)_[A-Za-z0-9]{16,}$/,
  /^eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+$/,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,200}:[^\s/@]{1,200}@[^\s@]/i,
];
/** Longer values are blobs; what matters stands at their start. */
const MAX_LENGTH = 4096;

/** By its name, as *PASSWORD* or *_KEY, or by its value: known kinds of keys, and URLs with a password. */
export function looksLikeSecret(name: string, value: string): boolean {
  const text = value.slice(0, MAX_LENGTH).trim();
  if (text === '') return false;
  if (VALUES.some((pattern) => pattern.test(text))) return true;
  const upper = name.toUpperCase();
  return NAME.test(upper) && !ABOUT.test(upper) && !HARMLESS.test(text) && !isCount(upper, text);
}

/** Tokens are counted, too. */
function isCount(name: string, text: string): boolean {
  return name.includes('TOKEN') && /^\d{1,7}$/.test(text);
}
