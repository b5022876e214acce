import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { isMapTree } from '../syntax/tree-access.ts';
import type { Tree, TreeEntry, TreeScalar } from '../syntax/yaml-tree.ts';
import { interpolate, type Environment } from './interpolate.ts';

/** What Compose reads; other keys, such as those of anchors to be merged, mean nothing by themselves. */
const SECTIONS = new Set([
  ...['name', 'x-name', 'services', 'networks', 'volumes', 'secrets', 'configs', 'include'],
  'x-swarmwall',
]);
const EXTENSION = 'x-swarmwall';

/** With every variable of one file replaced; values that have none stay the very same. */
export function interpolateTree(
  root: Tree,
  environment: Environment | undefined,
  source: SourceText,
  report: Report,
): Tree {
  if (!isMapTree(root) || !source.text.includes('$')) return root;
  const entries = new Map<string, TreeEntry>();
  const warned = new Set<string>();
  for (const [key, entry] of root.entries) {
    if (!SECTIONS.has(key)) {
      entries.set(key, entry);
      continue;
    }
    const ours = key === EXTENSION;
    const scalar = (tree: TreeScalar, label: boolean) => {
      const read = replace(tree, environment, ours, source, report);
      if (environment === undefined || !read.unset) return read;
      if (ours) reportPolicy(tree, read.unset, source, report);
      else if (!label) warnUnset(tree, read.unset, warned, source, report);
      return read;
    };
    entries.set(key, { ...entry, value: mapScalars(entry.value, scalar) });
  }
  return { ...root, entries };
}

/** Shared parts stay shared, and unchanged ones themselves. */
function mapScalars(tree: Tree, change: (tree: TreeScalar, label: boolean) => TreeScalar): Tree {
  const seen = new Map<Tree, Tree>();
  const visit = (at: Tree, label: boolean): Tree => {
    if (at.kind === 'scalar')
      return change(at, label || (typeof at.value === 'string' && at.value.startsWith('swarmwall.')));
    const known = seen.get(at);
    if (known !== undefined) return known;
    const result = at.kind === 'list' ? visitList(at) : visitMap(at);
    seen.set(at, result);
    return result;
  };
  const visitList = (at: Extract<Tree, { kind: 'list' }>): Tree => {
    const items = at.items.map((item) => visit(item, false));
    return items.every((item, index) => item === at.items[index]) ? at : { ...at, items };
  };
  const visitMap = (at: Extract<Tree, { kind: 'map' }>): Tree => {
    let changed = false;
    const entries = new Map<string, TreeEntry>();
    for (const [key, entry] of at.entries) {
      const value = visit(entry.value, key.startsWith('swarmwall.'));
      changed ||= value !== entry.value;
      entries.set(key, value === entry.value ? entry : { ...entry, value });
    }
    return changed ? { ...at, entries } : at;
  };
  return visit(tree, false);
}

function replace(
  tree: TreeScalar,
  environment: Environment | undefined,
  typed: boolean,
  source: SourceText,
  report: Report,
): TreeScalar {
  const { value } = tree;
  if (typeof value !== 'string' || !value.includes('$')) return tree;
  const { text, unset, used, problem } = interpolate(value, environment);
  if (problem !== undefined) {
    const hint =
      problem.code === 'invalid-variable' ? 'Write $$ for a dollar sign.' : 'Set it, or put it into .env.';
    const at = offsetIn(tree, value, problem.offset, source);
    report.error(problem.code, source.at(at), problem.message, hint);
    return tree;
  }
  // Quotes make text in YAML; what replaces a plain value is of the type that it looks like.
  const plain = typed && tree.node?.type === 'PLAIN';
  return {
    ...tree,
    value: plain ? typedValue(text) : text,
    written: value,
    ...(unset.length > 0 ? { unset } : {}),
    ...(used.length > 0 ? { used } : {}),
  };
}

function typedValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

/** Where a part of a value stands, when it is written as it is meant; else the value's start. */
function offsetIn({ offset }: TreeScalar, value: string, index: number, source: SourceText): number {
  const quote = /^["']/.test(source.text[offset] ?? '') ? 1 : 0;
  return source.text.startsWith(value, offset + quote) ? offset + quote + index : offset;
}

function reportPolicy(tree: TreeScalar, unset: readonly string[], source: SourceText, report: Report): void {
  const message = `x-swarmwall depends on the variable ${unset.join(', ')}, which is not set`;
  report.error('unresolved-variable', source.at(tree.offset), message, 'Set it, or give it a default.');
}

/** Once for each variable, as Compose does. */
function warnUnset(
  tree: TreeScalar,
  unset: readonly string[],
  warned: Set<string>,
  source: SourceText,
  report: Report,
): void {
  for (const name of unset) {
    if (warned.has(name)) continue;
    warned.add(name);
    const message = `the variable ${name} is not set, and is taken for empty`;
    report.warn('unresolved-variable', source.at(tree.offset), message, `Set it, or write \${${name}:-…}.`);
  }
}
