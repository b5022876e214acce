import { writtenKind } from '../../compose-ext/index.ts';
import type { WantedChange } from './plan-writes.ts';
import type { StoredPolicies } from './stored-policies.ts';

/** A name in force that a document of another kind asks for: as a new version of it, it would take the old one's place. */
export interface TakenName {
  readonly name: string;
  /** As they are written. */
  readonly by: string;
  readonly wanted: string;
}

export function takenNames(
  { histories }: StoredPolicies,
  changes: readonly WantedChange[],
): readonly TakenName[] {
  return changes.flatMap((change): TakenName[] => {
    if (change.kind !== 'apply') return [];
    const { document } = change;
    const content = histories.get(document.name)?.inForce?.content;
    if (content?.kind !== 'document' || content.document.kind === document.kind) return [];
    return [{ name: document.name, by: writtenKind(content.document), wanted: writtenKind(document) }];
  });
}
