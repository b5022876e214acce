import { checkBindings, type PolicyDocument } from '../../compose-ext/index.ts';
import { documentsInForce, type StoredPolicies } from './stored-policies.ts';
import type { WantedChange } from './plan-writes.ts';

/** A document in force that would be left without another that it refers to. */
export interface LostReference {
  /** Of the document. */
  readonly name: string;
  readonly what: 'group' | 'role';
  readonly lost: string;
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

/**
 * A Deny whose group is gone denies nobody, a binding whose role is gone grants nothing: neither must happen by the way.
 * Those lost before do not count.
 */
export function lostReferences(
  stored: StoredPolicies,
  wanted: readonly WantedChange[],
): readonly LostReference[] {
  const before = new Set(missing(documentsInForce(stored)).map(keyOf));
  return missing(documentsAfter(stored, wanted)).filter((lost) => !before.has(keyOf(lost)));
}

function missing(documents: readonly PolicyDocument[]): readonly LostReference[] {
  const known = groupNames(documents);
  return documents.flatMap((document): LostReference[] => {
    if (document.kind === 'binding')
      return checkBindings([document], documents).map(() => ({
        name: document.name,
        what: 'role',
        lost: document.binding.role.name,
      }));
    if (document.kind !== 'policy' && document.kind !== 'node') return [];
    return document.groups.flatMap(({ name }) =>
      known.has(name) ? [] : [{ name: document.name, what: 'group' as const, lost: name }],
    );
  });
}

function keyOf({ name, lost }: LostReference): string {
  return `${name} ${lost}`;
}
