/** Names of what is secret, anywhere within a name and in any case: `DB_PASSWORD`, `apiToken`, `splunk-token`, `SigningCAKey`. */
const SECRET_NAME =
  /pass(?!ive|through)|pwd|secret|token|cred|auth|private|key|unlock|signing|salt|dsn|cookie|jwt|bearer|webhook|connection[_.-]?string|(?:^|[_.-])(?:pin|otp|pat|sas)(?:$|[_.-])/iu;

/** They name secrets or are about them, and are none. */
const HARMLESS = new Set(['secretid', 'secretname', 'author', 'keyid', 'keys', 'primarykey']);

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS.has(name.toLowerCase());
}
