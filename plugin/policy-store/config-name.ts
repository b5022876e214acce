import { createHash } from 'node:crypto';

/** Of every config that holds a policy. Docker takes letters, digits, ".", "_" and "-", 64 characters in all. */
export const CONFIG_PREFIX = 'swarmwall-policy.';
/** What is left of the 64 for the policy's name: the rest is the prefix, `.v` and seven digits. */
const ROOM = 64 - CONFIG_PREFIX.length - '.v'.length - 7;
const HASH = 16;

/** The name of a policy's version is what Swarm keeps unique: of two writers of one version one is refused. */
export function configName(name: string, version: number): string {
  return `${CONFIG_PREFIX}${shortName(name)}.v${version}`;
}

/** Long names end in a hash of the whole. */
function shortName(name: string): string {
  if (name.length <= ROOM) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH);
  return `${name.slice(0, ROOM - HASH - 1)}-${hash}`;
}

/** The version that a config's name tells; undefined when it is no name of ours. */
export function versionOf(config: string): number | undefined {
  const match = /^swarmwall-policy\.[a-z0-9].*\.v([1-9]\d{0,6})$/u.exec(config);
  return match === null ? undefined : Number(match[1]);
}
