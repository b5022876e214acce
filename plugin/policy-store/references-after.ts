import type { PolicyDocument } from '../../compose-ext/index.ts';
import { documentsInForce, type StoredPolicies } from './stored-policies.ts';
import type { WantedChange } from './plan-writes.ts';

/** A policy in force that would be left without a group that it refers to. */
export interface LostGroup {
  readonly policy: string;
  readonly group: string;
}

/** What would be in force. */
export function documentsAfter(
  stored: StoredPolicies,
  wanted: readonly WantedChange[],
): readonly PolicyDocument[] {
  const after = new Map(documentsInForce(stored).map((document) => [document.name, document]));
  for (const change of wanted) {
    const document = documentOf(change);
    if (document === undefined) after.delete(change.kind === 'apply' ? change.document.name : change.name);
    else after.set(document.name, document);
  }
  return [...after.values()];
}

function documentOf(change: WantedChange): PolicyDocument | undefined {
  if (change.kind === 'apply') return change.document;
  return change.kind === 'roll-back' && change.to.content.kind === 'document'
    ? change.to.content.document
    : undefined;
}

export function groupNames(documents: readonly PolicyDocument[]): ReadonlySet<string> {
  return new Set(documents.flatMap(({ kind, name }) => (kind === 'group' ? name : [])));
}

/** A Deny whose group is gone denies nobody, so this must not happen by the way. Those lost before do not count. */
export function lostGroups(stored: StoredPolicies, wanted: readonly WantedChange[]): readonly LostGroup[] {
  const before = new Set(missing(documentsInForce(stored)).map(keyOf));
  return missing(documentsAfter(stored, wanted)).filter((lost) => !before.has(keyOf(lost)));
}

function missing(documents: readonly PolicyDocument[]): readonly LostGroup[] {
  const known = groupNames(documents);
  return documents.flatMap((document) =>
    document.kind === 'group'
      ? []
      : document.groups.flatMap(({ name }) =>
          known.has(name) ? [] : [{ policy: document.name, group: name }],
        ),
  );
}

function keyOf({ policy, group }: LostGroup): string {
  return `${policy} ${group}`;
}
