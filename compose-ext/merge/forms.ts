import { Scalar } from 'yaml';
import type { Tree, TreeEntry, TreeList, TreeMap, TreeScalar } from '../syntax/yaml-tree.ts';
import { textOf } from '../syntax/tree-access.ts';

/** The other form of what Compose takes as a list and as a map; each part keeps its place. */

/** `["A=1", "B"]` → `{ A: "1", B: null }`. */
export function keyedMap(tree: Tree): TreeMap | undefined {
  if (tree.kind === 'map') return tree;
  if (tree.kind !== 'list') return undefined;
  const entries = new Map<string, TreeEntry>();
  for (const item of tree.items) {
    const text = textOf(item);
    if (item.kind !== 'scalar' || text === undefined) return undefined;
    const [key, from] = splitPair(text);
    if (key === '__proto__') continue;
    entries.set(key, { keyOffset: item.offset, value: from < 0 ? nothing(item) : partOf(item, from) });
  }
  return { kind: 'map', entries, offset: tree.offset };
}

/** `["a", "b"]` → `{ a: …, b: … }` with the same value for each. */
export function namedMap(tree: Tree, value: (item: TreeScalar) => Tree): TreeMap | undefined {
  if (tree.kind === 'map') return tree;
  if (tree.kind !== 'list') return undefined;
  const entries = new Map<string, TreeEntry>();
  for (const item of tree.items) {
    const text = textOf(item);
    if (item.kind !== 'scalar' || text === undefined) return undefined;
    if (text !== '__proto__') entries.set(text, { keyOffset: item.offset, value: value(item) });
  }
  return { kind: 'map', entries, offset: tree.offset };
}

/** A single value for a list of one. */
export function asList(tree: Tree): TreeList | undefined {
  if (tree.kind === 'list') return tree;
  return tree.kind === 'scalar' ? { kind: 'list', items: [tree], offset: tree.offset } : undefined;
}

/** `{ a: 1 }` → `["a:1"]`; a list of values is one item each. */
export function pairList(tree: Tree, sign: string): TreeList | undefined {
  if (tree.kind !== 'map') return asList(tree);
  const items = [...tree.entries].flatMap(([key, { value, keyOffset }]) => {
    const values = value.kind === 'list' ? value.items : [value];
    return values.map((each) => {
      const text = textOf(each) ?? '';
      return text === '' ? madeScalar(key, keyOffset) : madeScalar(`${key}${sign}${text}`, keyOffset);
    });
  });
  return { kind: 'list', items, offset: tree.offset };
}

export function nothing({ offset }: { readonly offset: number }): TreeScalar {
  return { kind: 'scalar', value: null, offset };
}

/** Text that no file has in this form. */
export function madeScalar(value: string, offset: number): TreeScalar {
  return { kind: 'scalar', value, offset };
}

/** The key of `key=value`, and where the value starts, or -1. */
export function splitPair(text: string): readonly [key: string, from: number] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, -1] : [text.slice(0, equals), equals + 1];
}

/** What follows the "=" of an item, as a value of its own with its variables. */
function partOf(item: TreeScalar, from: number): TreeScalar {
  const value = String(item.value).slice(from);
  const whole = item.written ?? String(item.value);
  const [, writtenFrom] = splitPair(whole);
  const written = writtenFrom < 0 ? value : whole.slice(writtenFrom);
  const quote = item.node?.type === Scalar.QUOTE_DOUBLE || item.node?.type === Scalar.QUOTE_SINGLE ? 1 : 0;
  const node = new Scalar(written);
  if (item.node?.type !== undefined) node.type = item.node.type;
  const offset = item.offset + (writtenFrom < 0 ? 0 : quote + writtenFrom);
  const range = item.node?.range;
  if (range) node.range = [range[0] + offset - item.offset, range[1], range[2]];
  return { ...item, value, offset, node, ...(item.written === undefined ? {} : { written }) };
}
