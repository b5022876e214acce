/**
 * The API version from which on an engine reads a field of a service. From a request of an older version moby takes it out
 * without a word (adjustForAPIVersion, api/server/router/swarm/helpers.go); an older engine never knew it.
 */
const SINCE = {
  capabilities: [1, 41],
  pidsLimit: [1, 41],
  noNewPrivileges: [1, 44],
} as const;

/** `stored`: as the engine holds it, so it knows all that is there. */
export type SpecVersion = string | 'stored' | undefined;

/**
 * Whether what such a field promises will be kept. An engine refuses versions newer than its own, so a request that names
 * one that has the field reaches only engines that do; one that names none could be for any engine.
 */
export function knows(apiVersion: SpecVersion, name: keyof typeof SINCE): boolean {
  if (apiVersion === 'stored') return true;
  const [major = 0, minor = 0] = (apiVersion ?? '').split('.').map(Number);
  const [sinceMajor, sinceMinor] = SINCE[name];
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}
