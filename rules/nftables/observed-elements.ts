import type { NftSet, SetType } from './observe.ts';

type Part =
  | string
  | number
  | { readonly range: readonly [Part, Part] }
  | { readonly prefix: { readonly addr: Part; readonly len: number } };
type Key = Part | { readonly concat: readonly Part[] };
type Element = { readonly elem: { readonly val: Key; readonly counter?: { readonly packets: number } } };

const PROTOCOLS: Readonly<Record<string, string>> = {
  tcp: '6',
  udp: '17',
  sctp: '132',
  icmp: '1',
  'ipv6-icmp': '58',
};
const PORT_BITS = 16;

/** A set's or a map's elements in our own text. */
export function readElements(set: NftSet): ReadonlyMap<string, string> {
  const quoted = interfaceParts(set.type);
  const elements = (set.elem ?? []) as readonly (Key | readonly [Key, Key])[];
  return new Map(
    elements.flatMap((element) => {
      const [key, value] = (Array.isArray(element) ? element : [element]) as [Key, Key?];
      // Of a set that rules fill: the kernel does not tell those without a timeout from others.
      if (typeof key === 'object' && 'elem' in key) return [];
      return [[keyText(key, quoted), value === undefined ? '' : keyText(value, [])] as const];
    }),
  );
}

/** The parts of each key of a dynamic set, with its packet count. */
export function readCounted(
  set: NftSet,
): readonly { readonly parts: readonly string[]; readonly packets: number }[] {
  const elements = (set.elem ?? []) as readonly (Key | Element)[];
  return elements.map((element) => {
    const counted = typeof element === 'object' && 'elem' in element ? element.elem : { val: element };
    return { parts: partsOf(counted.val).map(partText), packets: counted.counter?.packets ?? 0 };
  });
}

/** The keys of a set whose elements end by themselves, with the seconds that each has left. */
export function readTimed(set: NftSet): ReadonlyMap<string, number> {
  const elements = (set.elem ?? []) as readonly { readonly elem: { val: Key; expires?: number } }[];
  return new Map(
    elements.flatMap(({ elem }) =>
      elem.expires === undefined ? [] : [[keyText(elem.val, []), elem.expires] as const],
    ),
  );
}

function keyText(key: Key, quoted: readonly boolean[]): string {
  const parts = partsOf(key).map(partText);
  return parts.map((part, index) => (quoted[index] ? `"${part}"` : part)).join(' . ');
}

/** Which parts of a key are names of interfaces: nft wants them quoted. */
function interfaceParts(type: SetType | undefined): readonly boolean[] {
  if (type === undefined) return [];
  if (typeof type === 'string') return [type === 'ifname'];
  if (!('typeof' in type)) return (type as readonly string[]).map((part) => part === 'ifname');
  const parts = type.typeof?.concat ?? [type.typeof];
  return parts.map((part) => /^[io]ifname$/.test(part?.meta?.key ?? ''));
}

function partsOf(key: Key): readonly Part[] {
  return typeof key === 'object' && 'concat' in key ? key.concat : [key];
}

function partText(part: Part): string {
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return PROTOCOLS[part] ?? part;
  if ('range' in part) return part.range.map(partText).join('-');
  // Some versions show a range of ports that fits one as a prefix.
  const first = Number(partText(part.prefix.addr));
  return `${first}-${first + 2 ** (PORT_BITS - part.prefix.len) - 1}`;
}
