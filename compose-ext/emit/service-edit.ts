import { isMap, isNode, isSeq, Pair, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { entriesOf, get, isNull, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import {
  copyNode,
  deletePair,
  isUnshared,
  keepComments,
  listNode,
  mapNode,
  ownPair,
  plainNode,
  setPair,
  textNode,
} from './node-building.ts';
import type { NetworkWish } from './service-networks.ts';

/** `tree` is what the service meant before any edit, with what it shares with siblings written out. */
export interface ServiceEdit {
  readonly node: YAMLMap;
  readonly tree: Tree;
}

/** True when something had to change. */
export function editNetworks({ node, tree }: ServiceEdit, wish: NetworkWish): boolean {
  const written = get(tree, 'networks');
  const asMap = wish.aliases.length > 0 || written?.kind === 'map';
  const value = wish.aliases.length > 0 ? { aliases: wish.aliases } : null;
  const before =
    written?.kind === 'map'
      ? [...entriesOf(written)].map(([name, entry]) => [name, aliasesOf(entry.value)])
      : itemsOf(written).map((item) => [textOf(item), []]);
  const after = [
    ...wish.kept.map((name) => [name, aliasesOf(get(written, name))]),
    ...wish.segments.map((name) => [name, wish.aliases]),
  ];
  const dropsOptions = wish.segments.some(
    (name) => entriesOf(get(written, name)).size > (wish.aliases.length > 0 ? 1 : 0),
  );
  if (JSON.stringify(before) === JSON.stringify(after) && !dropsOptions) return false;
  const names = [...wish.kept, ...wish.segments];
  if (!asMap) {
    setPair(node, 'networks', listNode(names.map(textNode)));
    return true;
  }
  const own = ownPair(node, 'networks')?.value;
  const keptNode = (name: string): Node => {
    const value = isUnshared(own) && isMap(own) ? ownPair(own, name)?.value : undefined;
    if (isNode(value)) return value;
    const meant = get(written, name);
    return meant === undefined ? plainNode(null) : copyNode(meant);
  };
  const entries = [
    ...wish.kept.map((name) => [name, keptNode(name)] as const),
    ...wish.segments.map((name) => [name, plainNode(value)] as const),
  ];
  setPair(node, 'networks', mapNode(entries));
  return true;
}

function aliasesOf(tree: Tree | undefined): string[] {
  return itemsOf(get(tree, 'aliases')).flatMap((item) => textOf(item) ?? []);
}

/** Sets labels in `deploy.labels`, in the form it has; a map when there is none. */
export function editDeployLabels({ node, tree }: ServiceEdit, labels: ReadonlyMap<string, string>): boolean {
  const written = get(tree, 'deploy', 'labels');
  const missing = [...labels].filter(([key, value]) => labelText(written, key) !== value);
  if (missing.length === 0) return false;
  const deployTree = get(tree, 'deploy');
  const own = ownPair(node, 'deploy')?.value;
  const deploy = isMap(own)
    ? own
    : deployTree?.kind === 'map'
      ? (copyNode(deployTree) as YAMLMap)
      : mapNode([]);
  if (deploy !== own) setPair(node, 'deploy', deploy);
  const target = ownCollection(deploy, 'labels', written);
  for (const [key, value] of missing) setLabel(target, key, value);
  return true;
}

/** The same in plain `labels`: Docker Compose gives these to the containers. */
export function editLabels({ node, tree }: ServiceEdit, labels: ReadonlyMap<string, string>): boolean {
  const written = get(tree, 'labels');
  const missing = [...labels].filter(([key, value]) => labelText(written, key) !== value);
  if (missing.length === 0) return false;
  const target = ownCollection(node, 'labels', written);
  for (const [key, value] of missing) setLabel(target, key, value);
  return true;
}

export function removeDeployLabels({ node, tree }: ServiceEdit, keys: readonly string[]): boolean {
  const deployTree = get(tree, 'deploy');
  if (deployTree?.kind !== 'map' || keys.length === 0) return false;
  const own = ownPair(node, 'deploy')?.value;
  const deploy = isUnshared(own) && isMap(own) ? own : (copyNode(deployTree) as YAMLMap);
  if (deploy !== own) setPair(node, 'deploy', deploy);
  return removeLabels({ node: deploy, tree: deployTree }, keys);
}

/** Takes labels out of plain `labels`; an empty rest stays, so that a merge does not bring them back. */
export function removeLabels({ node, tree }: ServiceEdit, keys: readonly string[]): boolean {
  const written = get(tree, 'labels');
  const present = keys.filter((key) => labelText(written, key) !== undefined);
  if (present.length === 0) return false;
  const target = ownCollection(node, 'labels', written);
  for (const key of present) {
    if (isMap(target)) deletePair(target, key);
    else target.items = target.items.filter((item) => labelKey(String(item)) !== key);
  }
  if (target.items.length === 0) target.flow = true;
  return true;
}

/** `docker stack deploy` knows no names of ports; the compiled label carries them. */
export function removePortNames({ node, tree }: ServiceEdit): boolean {
  const written = get(tree, 'ports');
  if (!itemsOf(written).some((item) => get(item, 'name') !== undefined)) return false;
  const ports = ownCollection(node, 'ports', written);
  itemsOf(written).forEach((item, index) => {
    if (get(item, 'name') === undefined) return;
    const own = ports.items[index];
    const port = isMap(own) && isUnshared(own) ? own : (copyNode(item) as YAMLMap);
    deletePair(port, 'name');
    ports.items[index] = port;
  });
  return true;
}

export function labelText(tree: Tree | undefined, key: string): string | undefined {
  if (tree?.kind === 'map') return textOf(get(tree, key));
  const item = itemsOf(tree).findLast((candidate) => labelKey(textOf(candidate) ?? '') === key);
  const text = textOf(item);
  return text === undefined ? undefined : text.slice(key.length + 1);
}

export function labelKey(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0 ? text : text.slice(0, equals);
}

/** The collection itself when nobody shares it, else a copy in its place. */
export function ownCollection(parent: YAMLMap, key: string, tree: Tree | undefined): YAMLMap | YAMLSeq {
  const own = ownPair(parent, key)?.value;
  if (isUnshared(own)) return own;
  const copy = tree === undefined || isNull(tree) ? mapNode([]) : copyNode(tree);
  const node = isMap(copy) || isSeq(copy) ? copy : mapNode([]);
  keepComments(own, node);
  setPair(parent, key, node);
  return node;
}

export function setLabel(target: YAMLMap | YAMLSeq, key: string, value: string): void {
  if (isMap(target)) {
    const pair = ownPair(target, key);
    if (pair) pair.value = labelNode(value);
    else target.items.push(new Pair(textNode(key), labelNode(value)));
    return;
  }
  target.items = target.items.filter((item) => labelKey(String(item)) !== key);
  target.items.push(labelNode(`${key}=${value}`));
}

function labelNode(value: string): Node {
  return textNode(value);
}
