import type { NodeStatus } from './types.ts';

/**
 * What a node that takes its policy from this manager lacks, for people; undefined when its kernel holds all of it.
 * Revision 0 is before the first policy: the manager waits for other nodes' words, and the node guards nothing new yet.
 */
export function lagOf({ hostname, subscribed, revision, current }: NodeStatus): string | undefined {
  if (!subscribed) return undefined;
  if (current === 0) return `${hostname} has not been told the policy yet`;
  return revision === current ? undefined : `${hostname} is at revision ${revision} of ${current}`;
}
