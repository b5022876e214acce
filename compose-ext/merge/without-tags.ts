import type { Tree, TreeEntry, TreeMap } from '../syntax/yaml-tree.ts';

/** A merged tree in which `!reset` and `!override` have done their work; parts without them stay themselves. */
export function withoutTags(root: TreeMap): TreeMap {
  const seen = new Map<Tree, Tree>();
  const visit = (at: Tree): Tree => {
    const known = seen.get(at);
    if (known !== undefined) return known;
    const result = untagged(at.kind === 'map' ? visitMap(at) : at.kind === 'list' ? visitList(at) : at);
    seen.set(at, result);
    return result;
  };
  const visitList = (at: Extract<Tree, { kind: 'list' }>): Tree => {
    const items = at.items.filter(({ tag }) => tag !== 'reset').map(visit);
    return items.length === at.items.length && items.every((item, index) => item === at.items[index])
      ? at
      : { ...at, items };
  };
  const visitMap = (at: TreeMap): TreeMap => {
    let changed = false;
    const entries = new Map<string, TreeEntry>();
    for (const [key, entry] of at.entries) {
      changed ||= entry.value.tag === 'reset';
      if (entry.value.tag === 'reset') continue;
      const value = visit(entry.value);
      changed ||= value !== entry.value;
      entries.set(key, value === entry.value ? entry : { ...entry, value });
    }
    return changed ? { ...at, entries } : at;
  };
  return visit(root) as TreeMap;
}

function untagged(tree: Tree): Tree {
  if (tree.tag === undefined) return tree;
  const plain: { -readonly [Key in keyof Tree]: Tree[Key] } & { tag?: Tree['tag'] } = { ...tree };
  delete plain.tag;
  return plain as Tree;
}
