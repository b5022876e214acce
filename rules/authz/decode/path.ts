import { percentDecode } from './percent.ts';
import { Refusal, shown } from './refusal.ts';

export interface CanonicalPath {
  readonly path: string;
  readonly apiVersion?: string;
}

/** Older versions take a container's settings when it starts; engines from 25.0 on do not speak them. */
const OLDEST_MINOR = 24;
/** The last whose fields are in `shapes/`. An engine hides newer fields from whoever asks for an older version. */
const NEWEST_MINOR = 55;

/**
 * The path as gorilla/mux matches it, which is `URL.Path`: decoded once, so that `%2f` is a slash. One that its
 * `cleanPath` would change is redirected there and reaches nothing; here it is refused.
 */
export function canonicalPath(raw: string): CanonicalPath {
  const decoded = percentDecode(raw, false);
  if (decoded === undefined)
    throw new Refusal('decode/path', `the path ${shown(raw)} has an escape that is no UTF-8 text`);
  // Go's `.` and JavaScript's differ in some of these.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u.test(decoded))
    throw new Refusal('decode/path', `the path ${shown(decoded)} has a control character`);
  if (decoded.includes('%'))
    throw new Refusal('decode/path', `the path ${shown(raw)} is percent-encoded twice`, 'Encode it once.');
  if (/\/\/|\/\.{1,2}(?:\/|$)/u.test(decoded))
    throw new Refusal(
      'decode/path',
      `the path ${shown(decoded)} is not the shortest way to write it`,
      'Write it without "//", "." and "..".',
    );
  const versioned = /^\/v([0-9.]+)(\/.*)$/u.exec(decoded);
  if (!versioned) return { path: decoded };
  const [, version = '', path = ''] = versioned;
  return { path, apiVersion: readVersion(version) };
}

/** Absent, the version is the engine's own, whatever that is. */
export function isKnownVersion(version: string | undefined): boolean {
  return version !== undefined && Number(version.split('.')[1]) <= NEWEST_MINOR;
}

/** The engine compares versions number by number: `1.041` and `1.41.0` are `1.41` to it. */
function readVersion(version: string): string {
  const parts = /^1\.(0|[1-9][0-9]{0,3})$/u.exec(version);
  if (!parts)
    throw new Refusal(
      'decode/version',
      `the API version ${shown(version)} is spelt in an unusual way`,
      'Write it as in /v1.41/.',
    );
  if (Number(parts[1]) < OLDEST_MINOR)
    throw new Refusal(
      'decode/version',
      `the API version ${version} is older than 1.${OLDEST_MINOR}`,
      'Use a client of Docker 1.12 or later.',
    );
  return version;
}
