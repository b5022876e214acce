import type { Report } from '../report.ts';
import { get, isNull, textOf } from '../syntax/tree-access.ts';
import type { SourceText } from '../syntax/source-text.ts';
import type { Tree, TreeEntry, TreeMap } from '../syntax/yaml-tree.ts';
import { ruleAt, type MergeRule } from './merge-rules.ts';
import { asList, keyedMap, namedMap, nothing, pairList } from './forms.ts';
import type { ItemKey } from './list-keys.ts';
import { mergePorts } from './port-items.ts';

export interface MergeContext {
  readonly source: SourceText;
  readonly report: Report;
  /** So that a `!reset` can act on earlier files, too. */
  readonly keepResets: boolean;
  /** Parts that may still be copied: a list that thousands of services extend is a bomb. */
  readonly budget: { left: number };
}

/** More than any Compose file has; see `MergeContext.budget`. */
export const MERGE_BUDGET = 2_000_000;

/**
 * One Compose tree over another, by the rules of the Compose specification (13-merge.md) and, where it says little,
 * of compose-go's `override` package. Values that only one of the two has stay the very same.
 */
export function mergeTrees(base: Tree, over: Tree, path: readonly string[], context: MergeContext): Tree {
  if (over.tag === 'override') return over;
  const rule = ruleAt(path);
  if (rule === 'replace') return over;
  if (isNull(over)) return base;
  if (isNull(base)) return over;
  if (base.kind === 'list' && isSpent(over, base.items.length, context)) return base;
  if (rule === undefined) return mergePlain(base, over, path, context);
  return mergeSpecial(base, over, rule, path, context) ?? refuse(base, over, path, context);
}

function mergePlain(base: Tree, over: Tree, path: readonly string[], context: MergeContext): Tree {
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, path, context);
  if (base.kind === 'list' && over.kind === 'list') return { ...base, items: [...base.items, ...kept(over)] };
  return base.kind === 'scalar' ? over : refuse(base, over, path, context);
}

export function mergeMaps(
  base: TreeMap,
  over: TreeMap,
  path: readonly string[],
  context: MergeContext,
): TreeMap {
  if (over.entries.size === 0 || isSpent(base, base.entries.size, context)) return base;
  const entries = new Map<string, TreeEntry>(base.entries);
  for (const [key, entry] of over.entries) {
    const before = entries.get(key);
    if (entry.value.tag === 'reset' && !context.keepResets) entries.delete(key);
    else if (entry.value.tag === 'reset') entries.set(key, entry);
    else if (before === undefined) entries.set(key, entry);
    else {
      const value = mergeTrees(before.value, entry.value, [...path, key], context);
      if (value !== before.value)
        entries.set(key, value === entry.value ? entry : { keyOffset: entry.keyOffset, value });
    }
  }
  return { ...base, entries };
}

/** Undefined: the two cannot be joined. */
function mergeSpecial(
  base: Tree,
  over: Tree,
  rule: Exclude<MergeRule, 'replace'>,
  path: readonly string[],
  context: MergeContext,
): Tree | undefined {
  const maps = (left: TreeMap | undefined, right: TreeMap | undefined) =>
    left && right && mergeMaps(left, right, path, context);
  const lists = (left: ReturnType<typeof asList>, right: ReturnType<typeof asList>, by: ItemKey) =>
    left && right && { ...left, items: mergeItems(left.items, kept(right), by) };
  const listed = base.kind === 'list' && over.kind === 'list' ? ([base, over] as const) : undefined;
  const both = base.kind === 'map' && over.kind === 'map' ? ([base, over] as const) : undefined;
  switch (rule.kind) {
    case 'pairs':
      return listed ? lists(...listed, rule.by) : maps(keyedMap(base), keyedMap(over));
    case 'items':
      return lists(asList(base), asList(over), rule.by);
    case 'ports':
      return listed && { ...listed[0], items: mergePorts(listed[0].items, kept(listed[1])) };
    case 'names':
      if (listed) return lists(...listed, rule.by);
      return maps(namedMap(base, rule.value ?? nothing), namedMap(over, rule.value ?? nothing));
    case 'hosts':
      if (both && [...both[1].entries.keys()].every((key) => !both[0].entries.has(key))) return maps(...both);
      return lists(pairList(base, ':'), pairList(over, ':'), rule.by);
    case 'merged-items':
      return listed && mergeItemMaps(...listed, rule.by, path, context);
    case 'build':
      return maps(buildMap(base), buildMap(over));
    case 'logging': {
      const [before, after] = [textOf(get(base, 'driver')), textOf(get(over, 'driver'))];
      if (before !== undefined && after !== undefined && before !== after) return over;
      return both && maps(...both);
    }
  }
}

/** Later items replace those of the same key, at their place. */
function mergeItems(base: readonly Tree[], over: readonly Tree[], by: ItemKey): readonly Tree[] {
  const items = [...base];
  const places = new Map<string, number>();
  items.forEach((item, index) => {
    const key = by(item);
    if (key !== undefined) places.set(key, index);
  });
  for (const item of over) {
    const key = by(item);
    const place = key === undefined ? undefined : places.get(key);
    if (place !== undefined) items[place] = item;
    else {
      if (key !== undefined) places.set(key, items.length);
      items.push(item);
    }
  }
  return items;
}

function mergeItemMaps(
  base: Extract<Tree, { kind: 'list' }>,
  over: Extract<Tree, { kind: 'list' }>,
  by: ItemKey,
  path: readonly string[],
  context: MergeContext,
): Tree {
  const items = [...base.items];
  for (const item of kept(over)) {
    const key = by(item);
    const place = key === undefined ? -1 : items.findIndex((before) => by(before) === key);
    const before = items[place];
    if (before === undefined) items.push(item);
    else items[place] = mergeTrees(before, item, [...path, '0'], context);
  }
  return { ...base, items };
}

function kept(list: Extract<Tree, { kind: 'list' }>): readonly Tree[] {
  return list.items.filter(({ tag }) => tag !== 'reset');
}

/** `build: ./dir` is `build: { context: ./dir }`. */
function buildMap(tree: Tree): TreeMap | undefined {
  if (tree.kind === 'map') return tree;
  if (tree.kind !== 'scalar') return undefined;
  const entries = new Map([['context', { keyOffset: tree.offset, value: tree }]]);
  return { kind: 'map', entries, offset: tree.offset };
}

function isSpent(at: Tree, parts: number, { budget, source, report }: MergeContext): boolean {
  const before = budget.left;
  budget.left -= parts + 1;
  if (before > 0 && budget.left <= 0)
    report.error('too-complex', source.at(at.offset), 'merging copies more values than any Compose file has');
  return budget.left <= 0;
}

function refuse(base: Tree, over: Tree, path: readonly string[], { source, report }: MergeContext): Tree {
  const { file, line } = source.at(base.offset);
  const message = `"${path.join('.')}" cannot be merged: it is a ${word(over)} here and a ${word(base)} in ${file}:${line}`;
  report.error(
    'cannot-merge',
    source.at(over.offset),
    message,
    'Write both alike, or "!override" before this one.',
  );
  return base;
}

function word({ kind }: Tree): string {
  return kind === 'scalar' ? 'single value' : kind;
}
