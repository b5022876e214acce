import type { Tree, TreeEntry, TreeScalar } from './yaml-tree.ts';

export type TreePath = readonly (string | number)[];

/**
 * A tree with its scalars changed by where they stand; unchanged parts stay themselves. A part that aliases share
 * is walked once for each place: what it means depends on the place.
 */
export function mapValues(tree: Tree, change: (scalar: TreeScalar, path: TreePath) => TreeScalar): Tree {
  const visit = (at: Tree, path: TreePath): Tree => {
    if (at.kind === 'scalar') return change(at, path);
    if (at.kind === 'list') {
      const items = at.items.map((item, index) => visit(item, [...path, index]));
      return items.every((item, index) => item === at.items[index]) ? at : { ...at, items };
    }
    let changed = false;
    const entries = new Map<string, TreeEntry>();
    for (const [key, entry] of at.entries) {
      const value = visit(entry.value, [...path, key]);
      changed ||= value !== entry.value;
      entries.set(key, value === entry.value ? entry : { ...entry, value });
    }
    return changed ? { ...at, entries } : at;
  };
  return visit(tree, []);
}
