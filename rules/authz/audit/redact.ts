import type { Json, JsonObject } from '../api-request.ts';
import { isSecretName } from './secret-words.ts';

export const REDACTED = '[redacted]';
/** Deeper than any body of the API. */
const MOST_DEPTH = 40;
const LONGEST_TEXT = 2_000;

/** Whatever they hold, in any case: `Data` of secrets and configs, arguments of builds. */
const HIDDEN_KEYS = new Set(['data', 'buildargs', 'jointokens', 'jointoken', 'unlockkey', 'signingcakey']);

/**
 * Takes secrets out of what the API was sent or answered: values under secret names, `NAME=value` with such a name wherever
 * it stands, what follows `--such-a-flag`, and the user's part of URLs. Rather too much than too little: the log is to tell
 * what was done, not with which password.
 */
export function redact(value: Json, depth = 0): Json {
  if (depth > MOST_DEPTH) return '[too deep]';
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return redactList(value as readonly Json[], depth);
  return redactObject(value as JsonObject, depth);
}

function redactObject(value: JsonObject, depth: number): JsonObject {
  const clean = Object.create(null) as Record<string, Json>;
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    clean[redactText(key)] = isHidden(key, entry) ? REDACTED : redact(entry, depth + 1);
  }
  return clean;
}

function isHidden(key: string, entry: Json): boolean {
  if (entry === null || entry === '' || typeof entry === 'boolean') return false;
  if (HIDDEN_KEYS.has(key.toLowerCase())) return true;
  // References to secrets are maps in a list, and say no more than names.
  if (key.toLowerCase() === 'secrets' && Array.isArray(entry))
    return !(entry as readonly Json[]).every(isReference);
  return isSecretName(key);
}

function isReference(entry: Json): boolean {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry);
}

function redactList(list: readonly Json[], depth: number): readonly Json[] {
  return list.map((entry, at) => {
    const before = list[at - 1];
    return typeof entry === 'string' && typeof before === 'string' && isSecretFlag(before)
      ? REDACTED
      : redact(entry, depth + 1);
  });
}

/** `--password`, whose value is the next word. */
function isSecretFlag(word: string): boolean {
  return /^--?[\w.-]+$/u.test(word) && isSecretName(word);
}

const NAMED = /^(-{0,2}[\w.-]+)=/u;
// Words are looked at from their start only, so that all takes time linear in the text.
const BEFORE_VALUE = /(?<![\w.-])([\w.-]+)["'\\]{0,4}\s{0,5}[=:]\s{0,5}/gu;
const FLAG = /(?<![\w.-])(--?[\w.-]+)\s{1,5}/gu;
const VALUE = /\\?"[^"]*"?|\\?'[^']*'?|[^\s,;&"']+/uy;
const USER_OF_URL = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/giu;
const BEARER = /\b(Bearer|Basic)\s+[^\s"',]+/giu;

export function redactText(text: string): string {
  const name = NAMED.exec(text)?.[1];
  if (name !== undefined && isSecretName(name)) return `${name.slice(0, LONGEST_TEXT)}=${REDACTED}`;
  const plain = cut(text).replace(USER_OF_URL, `$1${REDACTED}@`).replace(BEARER, `$1 ${REDACTED}`);
  const shown = hideValues(hideValues(plain, BEFORE_VALUE), FLAG);
  return text.length <= LONGEST_TEXT ? shown : `${shown}[${text.length} characters]`;
}

/** What comes after each secret name. */
function hideValues(text: string, before: RegExp): string {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(before)) {
    const [all, word = ''] = match;
    const from = match.index + all.length;
    if (from < end || !isSecretName(word)) continue;
    VALUE.lastIndex = from;
    const value = VALUE.exec(text);
    if (value === null) continue;
    parts.push(text.slice(end, from), REDACTED);
    end = from + value[0].length;
  }
  return parts.join('') + text.slice(end);
}

/** At white space: half a word may be half a secret. */
function cut(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const start = text.slice(0, LONGEST_TEXT);
  return start.slice(0, Math.max(start.lastIndexOf(' '), start.lastIndexOf('\n'), 0));
}

/** Of a query: `buildargs` and `outputs` are JSON, and may say anything. */
export function redactQuery(query: ReadonlyMap<string, readonly string[]>): JsonObject {
  const clean = Object.create(null) as Record<string, Json>;
  for (const [key, values] of query)
    clean[redactText(key)] =
      HIDDEN_KEYS.has(key.toLowerCase()) || (isSecretName(key) && values.some((value) => value !== ''))
        ? REDACTED
        : values.map((value) => redactJsonText(value));
  return clean;
}

/** Values of a query that are JSON themselves (filters, labels) are read as such. */
function redactJsonText(text: string): string {
  if (!/^\s*[[{]/u.test(text)) return redactText(text);
  try {
    return JSON.stringify(redact(JSON.parse(text) as Json));
  } catch {
    return redactText(text);
  }
}
