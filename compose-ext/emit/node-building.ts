import { isCollection, isMap, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from 'yaml';
import { escapeVariables } from '../interpolate/interpolate.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

/** Plain text that older YAML readers, Docker's among them, take for something else than text. */
const AMBIGUOUS = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

export function textNode(value: string): Scalar<string> {
  const node = new Scalar(value);
  const safe = /^[a-zA-Z][a-zA-Z0-9_./-]*$/.test(value) && !AMBIGUOUS.test(value);
  node.type = safe ? Scalar.PLAIN : value.includes('"') ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE;
  return node;
}

/** What we generate: text, numbers, true, false, null, lists and maps of them. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

export function plainNode(value: Plain): Node {
  if (typeof value === 'string') return textNode(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return new Scalar(value);
  if (isList(value)) return listNode(value.map(plainNode));
  return mapNode(Object.entries(value).map(([key, child]) => [key, plainNode(child)]));
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

export function listNode(items: readonly Node[]): YAMLSeq<Node> {
  const list = new YAMLSeq<Node>();
  list.items.push(...items);
  return list;
}

export function mapNode(entries: readonly (readonly [string, Node])[]): YAMLMap {
  const map = new YAMLMap();
  for (const [key, value] of entries) map.items.push(new Pair(textNode(key), value));
  return map;
}

/** A copy of a value with its aliases and merges written out; scalars keep their spelling. */
export function copyNode(tree: Tree): Node {
  switch (tree.kind) {
    case 'scalar': {
      if (tree.node === undefined)
        return typeof tree.value === 'string'
          ? textNode(escapeVariables(tree.value))
          : new Scalar(tree.value);
      const copy = tree.node.clone() as Scalar;
      delete copy.anchor;
      delete copy.comment;
      delete copy.commentBefore;
      delete copy.spaceBefore;
      return copy;
    }
    case 'list':
      return listNode(tree.items.map(copyNode));
    case 'map':
      return mapNode([...tree.entries].map(([key, { value }]) => [key, copyNode(value)]));
  }
}

/** The pair that is written in this very map; what a merge brings is not found. */
export function ownPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => keyText(pair) === key);
}

export function keyText({ key }: Pair): string | undefined {
  if (!isScalar(key) || typeof key.value === 'symbol') return undefined;
  return key.value === null ? '' : String(key.value);
}

export function setPair(map: YAMLMap, key: string, value: Node): void {
  const pair = ownPair(map, key);
  if (pair === undefined) map.items.push(new Pair(textNode(key), value));
  else pair.value = value;
}

export function deletePair(map: YAMLMap, key: string): void {
  map.items = map.items.filter((pair) => keyText(pair) !== key);
}

/** Nothing in it is shared with another part of the file: it can be edited in place. */
export function isUnshared(node: unknown): node is YAMLMap | YAMLSeq {
  if (!isCollection(node) || node.anchor !== undefined) return false;
  return isSeq(node) || (isMap(node) && node.items.every((pair) => keyText(pair) !== undefined));
}

/** The map written at this very place; an alias or a merge becomes a copy, so that siblings keep theirs. */
export function ownMap(parent: YAMLMap, key: string, tree: Tree | undefined): YAMLMap {
  const own = ownPair(parent, key)?.value;
  if (isMap(own)) return own;
  const copy = tree && copyNode(tree);
  const map = isMap(copy) ? copy : mapNode([]);
  keepComments(own, map);
  setPair(parent, key, map);
  return map;
}

/** What stands behind a key without a value, and below it, is said of what becomes its value. */
export function keepComments(empty: unknown, node: Node): void {
  if (!isScalar(empty) || empty.value !== null) return;
  if (empty.comment) node.comment = empty.comment;
  if (empty.commentBefore) node.commentBefore = empty.commentBefore;
}
