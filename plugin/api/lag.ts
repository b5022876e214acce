import type { NodeStatus } from './types.ts';

/**
 * What a node lacks, for people; undefined when its kernel holds all of it. The revision counts if it takes its policy
 * from this manager.
 * Revision 0 is before the first policy: the manager waits for other nodes' words, and the node guards nothing new yet.
 */
export function lagOf({
  hostname,
  subscribed,
  revision,
  current,
  unheld = [],
}: NodeStatus): string | undefined {
  if (subscribed && current === 0) return `${hostname} has not been told the policy yet`;
  if (subscribed && revision !== current) return `${hostname} is at revision ${revision} of ${current}`;
  const [first] = unheld;
  if (first === undefined) return undefined;
  const more = unheld.length > 1 ? ` and ${unheld.length - 1} more` : '';
  return `${hostname} has no rules yet for ${first.service} at ${first.address} on ${first.network}${more}`;
}
