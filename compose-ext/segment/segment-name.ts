import { createHash } from 'node:crypto';
import type { ServiceKey } from '../policy-model.ts';

/** Swarm takes network names of 63 characters, and stack deploy puts the stack's name and "_" before them. */
const MAX_NETWORK_NAME = 63;
const MAX_SEGMENT_NAME = 40;
const HASH_LENGTH = 8;

/** `sw-api-web-1a2b3c4d`: of the services' names alone, so that a stack deployed under another name keeps them. */
export function segmentName(stack: string, services: readonly string[]): string {
  const room = Math.min(MAX_SEGMENT_NAME, MAX_NETWORK_NAME - stack.length - 1);
  return nameFor('sw', [...services].sort(), Math.max(room, HASH_LENGTH + 3));
}

/** The same from either side. The prefix tells `compile` which external networks are its own. */
export function crossStackName(a: ServiceKey, b: ServiceKey): string {
  return nameFor('sw-x', [a, b].sort(), MAX_NETWORK_NAME);
}

export function isCrossStackName(name: string): boolean {
  return /^sw-x-.*[0-9a-f]{8}$/.test(name);
}

/** Cutting never makes two names equal: the hash is of all members. */
function nameFor(prefix: string, members: readonly string[], room: number): string {
  const hash = createHash('sha256').update(members.join('\n')).digest('hex').slice(0, HASH_LENGTH);
  const readable = members
    .map(plain)
    .filter((name) => name !== '')
    .join('-');
  const cut = readable.slice(0, Math.max(0, room - prefix.length - HASH_LENGTH - 2)).replace(/-+$/, '');
  return [prefix, cut, hash].filter((part) => part !== '').join('-');
}

/** Letters, digits and single dashes: what swarmkit takes inside a name. */
function plain(name: string): string {
  return name.replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-+|-+$/g, '');
}
