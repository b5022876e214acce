import { isAlias, isMap, isScalar, isSeq, Scalar, type Document, type Node } from 'yaml';
import type { Report } from '../report.ts';
import { MAX_DEPTH } from './read-document.ts';
import type { SourceText } from './source-text.ts';

/** A YAML document with aliases and merges resolved; each value knows where it is written. */
export type Tree = TreeScalar | TreeMap | TreeList;

/** Compose's `!reset` and `!override`: what a value does to that of an earlier file. */
export type MergeTag = 'reset' | 'override';

interface Tagged {
  readonly tag?: MergeTag;
}

export interface TreeScalar extends Tagged {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly offset: number;
  /** Absent for a value that is not written at all (`key:`). */
  readonly node?: Scalar;
  /** An alias of nothing: it has been reported, and more words would only repeat that. */
  readonly unknown?: true;
  /** Once its variables are replaced: the text with them, those without a value, and those with one. */
  readonly written?: string;
  readonly unset?: readonly string[];
  readonly used?: readonly string[];
}
export interface TreeMap extends Tagged {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, TreeEntry>;
  readonly offset: number;
}
export interface TreeEntry {
  readonly keyOffset: number;
  readonly value: Tree;
}
export interface TreeList extends Tagged {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly offset: number;
}

/** Values once every alias is written out: an alias bomb has billions. */
export const MAX_SIZE = 500_000;

interface Built {
  readonly tree: Tree;
  /** Number of values in it, aliases written out. */
  readonly size: number;
}

/**
 * Undefined when there is nothing to go on with; why is in the report. `base`: where the document's file begins in
 * `source`, when that is a set of several.
 */
export function buildTree(
  document: Document,
  source: SourceText,
  report: Report,
  base = 0,
): Tree | undefined {
  const anchors = new Map<string, Node>();
  const built = new Map<Node, Built | 'building'>();
  let failed = false;

  const fail = (code: 'too-complex' | 'cyclic-alias', offset: number, message: string) => {
    if (!failed) report.error(code, source.at(offset), message);
    failed = true;
    return absent(offset);
  };

  function build(node: unknown, offset: number, depth: number): Built {
    if (failed || !isNodeLike(node)) return absent(offset);
    const start = node.range ? node.range[0] + base : offset;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        const message = `the alias *${node.source} has no anchor before it`;
        report.error(
          'unknown-alias',
          source.at(start),
          message,
          `Write &${node.source} at the value it means.`,
        );
        return { tree: { kind: 'scalar', value: null, offset: start, unknown: true }, size: 1 };
      }
      const known = built.get(target);
      if (known === 'building')
        return fail('cyclic-alias', start, `the alias *${node.source} contains itself`);
      return known ?? build(target, start, depth);
    }
    if (depth > MAX_DEPTH) return fail('too-complex', start, `values are nested more than ${MAX_DEPTH} deep`);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    built.set(node, 'building');
    const untagged = isMap(node)
      ? buildMap(node.items, start, depth)
      : isSeq(node)
        ? buildList(node.items, start, depth)
        : { tree: scalarTree(node, start), size: 1 };
    const tag = mergeTag(node);
    const result = tag === undefined ? untagged : { ...untagged, tree: { ...untagged.tree, tag } };
    built.set(node, result);
    if (result.size > MAX_SIZE) {
      return fail(
        'too-complex',
        start,
        `the value has more than ${MAX_SIZE} parts once its aliases are written out`,
      );
    }
    return result;
  }

  function buildList(nodes: readonly unknown[], offset: number, depth: number): Built {
    const items = nodes.map((item) => build(item, offset, depth + 1));
    const size = items.reduce((sum, item) => sum + item.size, 1);
    return { tree: { kind: 'list', items: items.map(({ tree }) => tree), offset }, size };
  }

  function buildMap(
    pairs: readonly { key: unknown; value: unknown }[],
    offset: number,
    depth: number,
  ): Built {
    const own = new Map<string, TreeEntry>();
    const merged: Tree[] = [];
    const names = new Set<string>();
    let size = 1;
    for (const { key, value } of pairs) {
      const keyOffset = isNodeLike(key) && key.range ? key.range[0] + base : offset;
      const name = keyName(key);
      if (name === undefined) {
        report.error('invalid-key', source.at(keyOffset), 'a key must be plain text', '');
        build(value, keyOffset, depth + 1);
        continue;
      }
      const duplicate = names.has(name.text);
      if (duplicate) {
        const message = `the key "${name.text}" is written twice in one map`;
        report.error('duplicate-key', source.at(keyOffset), message, 'Keep one of them.');
      }
      names.add(name.text);
      if (isNodeLike(key) && !isAlias(key) && key.anchor !== undefined) anchors.set(key.anchor, key);
      const child = build(value, keyOffset, depth + 1);
      size += child.size;
      if (name.merge) merged.push(child.tree);
      else if (!duplicate) own.set(name.text, { keyOffset, value: child.tree });
    }
    return { tree: { kind: 'map', entries: mergeInto(own, merged), offset }, size };
  }

  /** Own keys win, then the sources in order; a source may be a list of maps. */
  function mergeInto(own: Map<string, TreeEntry>, merged: readonly Tree[]): ReadonlyMap<string, TreeEntry> {
    if (merged.length === 0) return own;
    const sources = merged.flatMap((tree) => (tree.kind === 'list' ? tree.items : [tree]));
    for (const tree of sources) {
      if (tree.kind === 'scalar' && tree.unknown) continue;
      if (tree.kind !== 'map') {
        const hint = '<<: takes a map, an alias of one, or a list of them.';
        report.error('invalid-merge', source.at(tree.offset), 'only a map can be merged', hint);
        continue;
      }
      for (const [name, entry] of tree.entries) if (!own.has(name)) own.set(name, entry);
    }
    return own;
  }

  const { tree, size } = build(document.contents, base, 0);
  if (!failed && size > MAX_SIZE) fail('too-complex', base, `the file has more than ${MAX_SIZE} values`);
  return failed ? undefined : tree;
}

function absent(offset: number): Built {
  return { tree: { kind: 'scalar', value: null, offset }, size: 1 };
}

function isNodeLike(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function mergeTag({ tag }: Node): MergeTag | undefined {
  return tag === '!reset' ? 'reset' : tag === '!override' ? 'override' : undefined;
}

/** The reader takes a value with a tag of its own for text; Compose means the value. */
function untaggedValue(text: string): string | number | boolean | null {
  if (/^(?:|~|null)$/i.test(text)) return null;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^-?(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function scalarTree(written: Scalar, offset: number): TreeScalar {
  let node = written;
  if (mergeTag(written) !== undefined && written.type === Scalar.PLAIN) {
    node = new Scalar(untaggedValue(String(written.value)));
    if (written.range) node.range = written.range;
  }
  const { value } = node;
  const known =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
      ? value
      : String(value);
  return { kind: 'scalar', value: known, offset, node };
}

/** `__proto__` is refused: it would not survive becoming a plain object. */
function keyName(key: unknown): { readonly text: string; readonly merge: boolean } | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'symbol') return { text: '<<', merge: true };
  const text = key.value === null ? '' : String(key.value);
  return text === '__proto__' ? undefined : { text, merge: false };
}
