import type { Position } from '../diagnostic.ts';
import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, textOf } from '../syntax/tree-access.ts';
import type { Tree, TreeScalar } from '../syntax/yaml-tree.ts';

export interface WrittenLabel {
  readonly key: string;
  readonly value: string;
  readonly unresolved: readonly string[];
  /** Of the key; in list form, of the item. */
  readonly keyOrigin: Position;
  /** Of the value; in list form, of what follows the "=". */
  readonly origin: Position;
  readonly scalar: TreeScalar;
}

/** Labels as a map or as a list of `key=value`; the last of two equal keys wins, as in Docker. */
export function readLabels(
  tree: Tree | undefined,
  source: SourceText,
  report: Report,
): Map<string, WrittenLabel> {
  const labels = new Map<string, WrittenLabel>();
  const add = (key: string, value: string, scalar: TreeScalar, keyOffset: number, offset: number) => {
    const keyOrigin = source.at(keyOffset);
    if (labels.has(key) && key.startsWith('swarmwall.')) {
      report.error(
        'duplicate-label',
        keyOrigin,
        `the label ${key} is written twice`,
        'Join the entries in one label.',
      );
    }
    labels.set(key, {
      key,
      value,
      unresolved: scalar.unset ?? [],
      keyOrigin,
      origin: source.at(offset),
      scalar,
    });
  };
  if (tree?.kind === 'list') {
    for (const item of tree.items) {
      const text = textOf(item);
      if (item.kind !== 'scalar' || text === undefined) continue;
      const equals = text.indexOf('=');
      const key = equals < 0 ? text : text.slice(0, equals);
      if (key === '__proto__') continue;
      const quote = /^["']/.test(source.text[item.offset] ?? '') ? 1 : 0;
      const offset = item.offset + quote + (equals < 0 ? 0 : equals + 1);
      add(key, equals < 0 ? '' : text.slice(equals + 1), item, item.offset, offset);
    }
  }
  for (const [key, { keyOffset, value }] of entriesOf(tree)) {
    const text = textOf(value);
    if (value.kind !== 'scalar' || text === undefined) continue;
    const unwritten = value.value === null && (value.node?.source ?? '') === '';
    add(key, text, value, keyOffset, unwritten ? keyOffset : value.offset);
  }
  return labels;
}
