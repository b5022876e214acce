import { get, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { madeScalar } from './forms.ts';

/** One published port of an item of `ports`: known by {address, published, target, protocol}, as the spec has it. */
export interface PortItem {
  readonly key: string;
  /** For the item itself when it says no other port. */
  readonly item: Tree;
}

const SHORT = /^(?:(\[[0-9a-fA-F:.]+\]|[0-9.]+):(?=[\d-]*:))?(?:([\d-]*):)?([\d-]+)(?:\/([a-zA-Z]+))?$/;

/** The ports that an item says: several for ranges. What cannot be read is known by its text. */
export function portItems(item: Tree): readonly PortItem[] {
  if (item.kind === 'list') return [];
  if (item.kind === 'map') {
    const parts = ['host_ip', 'published', 'target', 'protocol'].map((key) => textOf(get(item, key)) ?? '');
    return [{ key: keyOf(parts), item }];
  }
  const text = textOf(item) ?? '';
  const [, address = '', published = '', target = '', protocol = ''] = SHORT.exec(text) ?? [];
  const [targets, publics] = [numbers(target), numbers(published)];
  if (targets.length < 2 || (publics.length > 0 && publics.length !== targets.length))
    return [{ key: target === '' ? text : keyOf([address, published, target, protocol]), item }];
  return targets.map((to, index) => {
    const parts = [address, publics[index] ?? '', to].filter((part) => part !== '');
    const made = madeScalar(`${parts.join(':')}${protocol === '' ? '' : `/${protocol}`}`, item.offset);
    return { key: keyOf([address, publics[index] ?? '', to, protocol]), item: made };
  });
}

function keyOf([address = '', published = '', target = '', protocol = '']: readonly string[]): string {
  return `${address || '0.0.0.0'}:${published}:${target}/${(protocol || 'tcp').toLowerCase()}`;
}

function numbers(text: string): string[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return [];
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  if (to < from || to > 65535) return [];
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

/** Appended; of a range only the ports that are said again give way. */
export function mergePorts(base: readonly Tree[], over: readonly Tree[]): readonly Tree[] {
  const later = new Map(over.flatMap(portItems).map((port) => [port.key, port]));
  const kept = base.flatMap((item) => {
    const ports = portItems(item);
    const rest = ports.filter(({ key }) => !later.has(key));
    return rest.length === ports.length ? [item] : rest.map((port) => port.item);
  });
  return [...kept, ...over];
}
