import { writtenKind, type PolicyDocument } from '../../compose-ext/index.ts';
import type { VersionChange } from './labels.ts';
import { isTried } from './node-policies.ts';
import type { PolicyHistory, StoredPolicies } from './stored-policies.ts';
import { removedText, type StoredVersion } from './stored-version.ts';

/** What is asked for; `text` is what is stored. */
export type WantedChange =
  | { readonly kind: 'apply'; readonly document: PolicyDocument }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'roll-back'; readonly name: string; readonly to: StoredVersion };

/** One new version. */
export interface PolicyWrite {
  readonly name: string;
  readonly version: number;
  readonly change: VersionChange;
  /** Of a rollback. */
  readonly from?: number;
  /** As it is written: `ClusterPolicy`, `Role`; `Removed`. */
  readonly kind: string;
  readonly text: string;
}

export interface WritePlan {
  readonly writes: readonly PolicyWrite[];
  /** Names of those that are in force like this already. */
  readonly unchanged: readonly string[];
}

export function planWrites(wanted: readonly WantedChange[], stored: StoredPolicies): WritePlan {
  const planned = wanted.map((change) => {
    const name = change.kind === 'apply' ? change.document.name : change.name;
    return { name, write: planOne(change, stored.histories.get(name)) };
  });
  return {
    writes: planned.flatMap(({ write }) => write ?? []),
    unchanged: planned.flatMap(({ name, write }) => (write === undefined ? [name] : [])),
  };
}

function planOne(change: WantedChange, history: PolicyHistory | undefined): PolicyWrite | undefined {
  const version = (history?.versions[0]?.version ?? 0) + 1;
  const current = history?.inForce;
  // A newest version that cannot be in force is worth replacing by one that says the same as the last good one.
  // Nodes that took back what nobody confirmed try it again only as a new version.
  const whole = current !== undefined && current === history?.versions[0] && !isTried(history);
  if (change.kind === 'remove')
    return whole && current.content.kind === 'removed'
      ? undefined
      : { name: change.name, version, change: 'removed', kind: 'Removed', text: removedText(change.name) };
  const content =
    change.kind === 'apply' ? ({ kind: 'document', document: change.document } as const) : change.to.content;
  const { name } = change.kind === 'apply' ? change.document : change;
  if (whole && textOf(current) === textOf({ content, name })) return undefined;
  const text = textOf({ content, name });
  const kind = kindOf(content);
  if (change.kind === 'roll-back')
    return { name, version, change: 'rolled-back', from: change.to.version, kind, text };
  const existed = current?.content.kind === 'document';
  return { name, version, change: existed ? 'changed' : 'created', kind, text };
}

function textOf({ content, name }: Pick<StoredVersion, 'content' | 'name'>): string {
  return content.kind === 'document' ? content.document.text : removedText(name);
}

function kindOf(content: StoredVersion['content']): PolicyWrite['kind'] {
  return content.kind === 'document' ? writtenKind(content.document) : 'Removed';
}
