import { Document, isMap, isScalar, isSeq, Pair, YAMLMap, type Node } from 'yaml';
import type { Position } from '../../diagnostic.ts';
import { listNode, plainNode, textNode, type Plain } from '../../emit/node-building.ts';
import { originComment } from '../origin-comment.ts';
import { escapeVariables } from '../../interpolate/interpolate.ts';

/** A part of the file with what it was made from. */
export interface Originated {
  readonly value: { readonly [key: string]: Plain };
  /** For people: `Deployment web`. */
  readonly what: string;
  readonly origin: Position;
}

export interface ComposeParts {
  readonly stack: string;
  readonly origin: Position;
  readonly services: readonly (Originated & { readonly name: string })[];
  readonly settings: { readonly [key: string]: Plain };
  readonly policies: readonly Originated[];
}

/** Compose text with the origins as comments. */
export function composeText({ stack, origin, services, settings, policies }: ComposeParts): string {
  const root = new YAMLMap();
  const name = textNode('name');
  name.commentBefore = originComment('Namespace', origin);
  root.items.push(new Pair(name, literal(stack)));
  const map = new YAMLMap();
  for (const { name: service, value, what, origin: from } of services) {
    const key = textNode(service);
    key.commentBefore = originComment(what, from);
    key.spaceBefore = map.items.length > 0;
    map.items.push(new Pair(key, literal(value)));
  }
  root.items.push(new Pair(textNode('services'), map));
  root.items.push(new Pair(textNode('x-swarmwall'), extension(settings, policies)));
  return new Document(root).toString({ lineWidth: 0 });
}

function extension(settings: ComposeParts['settings'], policies: readonly Originated[]): Node {
  const map = literal(settings);
  if (!isMap(map) || policies.length === 0) return map;
  const items = policies.map(({ value, what, origin }) => {
    const node = literal(value);
    node.commentBefore = originComment(what, origin);
    return node;
  });
  map.items.push(new Pair(textNode('policies'), listNode(items)));
  return map;
}

/** A dollar sign stays one: Compose looks for variables in every value. Short collections go on one line. */
function literal(value: Plain): Node {
  const node = plainNode(value);
  escape(node);
  return node;
}

function escape(node: unknown): void {
  if (isScalar(node)) {
    if (typeof node.value === 'string') node.value = escapeVariables(node.value);
  } else if (isSeq(node)) node.items.forEach(escape);
  else if (isMap(node)) for (const { value } of node.items) escape(value);
}
