import type { Tree, TreeEntry, TreeMap } from './yaml-tree.ts';

/** Readers of a tree that has been checked: what is not of the expected shape is simply not there. */
export function entriesOf(tree: Tree | undefined): ReadonlyMap<string, TreeEntry> {
  return tree?.kind === 'map' ? tree.entries : new Map();
}

export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === 'list' ? tree.items : [];
}

export function get(tree: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  return path.reduce<Tree | undefined>((at, key) => entriesOf(at).get(key)?.value, tree);
}

/** The text of a scalar as Docker reads it: numbers and booleans as written out, nothing as ''. */
export function textOf(tree: Tree | undefined): string | undefined {
  if (tree?.kind !== 'scalar') return undefined;
  return tree.value === null ? '' : String(tree.value);
}

/** The same with the variables that it was written with. */
export function writtenText(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && tree.written !== undefined ? tree.written : textOf(tree);
}

export function isNull(tree: Tree | undefined): boolean {
  return tree?.kind === 'scalar' && tree.value === null;
}

/** Number of values, shared parts counted at each place. */
export function treeSize(tree: Tree, seen = new Map<Tree, number>()): number {
  if (tree.kind === 'scalar') return 1;
  const known = seen.get(tree);
  if (known !== undefined) return known;
  const parts = tree.kind === 'list' ? tree.items : [...tree.entries.values()].map(({ value }) => value);
  const size = parts.reduce((sum, part) => sum + treeSize(part, seen), 1);
  seen.set(tree, size);
  return size;
}

/** Plain data for joi; shared parts stay shared. */
export function toPlain(tree: Tree, seen = new Map<Tree, unknown>()): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (seen.has(tree)) return seen.get(tree);
  const plain =
    tree.kind === 'list'
      ? tree.items.map((item) => toPlain(item, seen))
      : Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, toPlain(value, seen)]));
  seen.set(tree, plain);
  return plain;
}

/** Whether a joi path leads to an alias of nothing. */
export function isUnknownAt(tree: Tree, path: readonly (string | number)[]): boolean {
  let at: Tree | undefined = tree;
  for (const step of path) {
    if (at?.kind === 'map') at = at.entries.get(String(step))?.value;
    else if (at?.kind === 'list') at = at.items[Number(step)];
  }
  return at?.kind === 'scalar' && at.unknown === true;
}

/** Where a joi path leads: the value, or the last part of the way that exists. */
export function offsetOf(tree: Tree, path: readonly (string | number)[], want: 'key' | 'value'): number {
  let at = tree;
  let offset = tree.offset;
  for (const step of path) {
    const entry = at.kind === 'map' ? at.entries.get(String(step)) : undefined;
    const next = entry?.value ?? (at.kind === 'list' ? at.items[Number(step)] : undefined);
    if (next === undefined) return offset;
    const unwritten = next.kind === 'scalar' && next.value === null && next.node?.source === '';
    offset = entry !== undefined && (want === 'key' || unwritten) ? entry.keyOffset : next.offset;
    at = next;
  }
  return offset;
}

export function isMapTree(tree: Tree | undefined): tree is TreeMap {
  return tree?.kind === 'map';
}
