/**
 * Labels of a stored version. Swarm lets labels be changed and nothing else, so they only tell and find: what is
 * enforced rests on the config's name and data.
 */
export const LABELS = {
  name: 'swarmwall.policy',
  version: 'swarmwall.policy.version',
  kind: 'swarmwall.policy.kind',
  change: 'swarmwall.policy.change',
  /** Of a rollback: the version that was copied. */
  from: 'swarmwall.policy.from',
  /** Who, as the client said. */
  by: 'swarmwall.policy.by',
  /** Of a node policy, or of what it speaks of: who said that the nodes are reachable with it. */
  confirmed: 'swarmwall.policy.confirmed',
  /** Written together, in force together: `<id> <config> <config>…`. */
  batch: 'swarmwall.policy.batch',
} as const;

export type VersionChange = 'created' | 'changed' | 'removed' | 'rolled-back';
export const CHANGES: readonly VersionChange[] = ['created', 'changed', 'removed', 'rolled-back'];

export interface Batch {
  readonly id: string;
  /** Names of configs. */
  readonly members: readonly string[];
}

export function formatBatch({ id, members }: Batch): string {
  return [id, ...members].join(' ');
}

export function parseBatch(text: string | undefined): Batch | undefined {
  const [id, ...members] = text?.split(' ') ?? [];
  return id && members.length > 1 ? { id, members } : undefined;
}
