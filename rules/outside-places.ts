import type { Peer, ServiceKey } from '../compose-ext/policy-model.ts';
import { type Address, parseAddress, parseBlock } from './address-block.ts';
import type { EvaluatorInput } from './evaluator.ts';

export const WORLD = 'world';

export interface OutsideInput extends EvaluatorInput {
  /** Addresses that are services' own: no place outside. */
  readonly owners?: ReadonlyMap<string, ServiceKey>;
}

interface Range {
  readonly kind: 'ipv4' | 'ipv6';
  readonly first: bigint;
  readonly last: bigint;
  /** Absent: the cluster's own. */
  readonly name?: string;
}

/** Blocks for documentation first: an address of theirs tells the reader that it only stands for others. */
const STARTS = ['198.51.100.1', '1.0.0.1'].map((text) => numberOf(parseAddress(text)));
const ALL_IPV4: Range = { kind: 'ipv4', first: 0n, last: 2n ** 32n - 1n };
const ALL_IPV6: Range = { kind: 'ipv6', first: 0n, last: 2n ** 128n - 1n, name: '::/0' };

/**
 * Places outside that the policies can tell apart, each with an address that stands for it: `world`, and the
 * blocks and exceptions that policies name, each for those of its addresses that no smaller one of them holds; and DNS
 * names, which stand for themselves.
 */
export function outsidePlaces(input: OutsideInput): ReadonlyMap<string, string> {
  const named = namedBlocks(input);
  const ranges = [...named, ...ownRanges(input)].sort(byPlace);
  const places = new Map([[WORLD, textOf(ALL_IPV4.kind, anywhere(ranges))]]);
  ranges.forEach((range, index) => {
    if (range.name === undefined) return;
    // A block's first address is its network's name, so the next one looks more like what it stands for.
    const start = range.first + (range.last > range.first ? 1n : 0n);
    const free =
      freeAddress(start, range, ranges.slice(index + 1)) ??
      freeAddress(range.first, range, ranges.slice(index + 1));
    if (free !== undefined) places.set(range.name, textOf(range.kind, free));
  });
  for (const name of dnsNames(input)) places.set(name, name);
  return places;
}

/** Each stands for itself: what addresses it has nobody asks here. */
function dnsNames(input: OutsideInput): readonly string[] {
  const names = peersOf(input).flatMap((peer) => (peer.kind === 'name' ? peer.name : []));
  return [...new Set(names)].sort();
}

function namedBlocks(input: OutsideInput): readonly Range[] {
  const texts = new Set(blocksOf(input).flatMap(({ cidr, except }) => [cidr, ...except]));
  const ranges = new Map<string, Range>();
  for (const text of texts) {
    const range = rangeOf(text);
    if (range && !isAll(range))
      ranges.set(`${range.kind} ${range.first} ${range.last}`, { ...range, name: text });
    // All of IPv4 is the world; of IPv6 the world stands for nothing.
    if (range?.kind === 'ipv6') ranges.set(ALL_IPV6.kind, ALL_IPV6);
  }
  return [...ranges.values()];
}

function peersOf({ services, clusterPolicies = [] }: OutsideInput): readonly Peer[] {
  const policies = new Set([...services.flatMap(({ policies }) => policies), ...clusterPolicies]);
  return [...policies].flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].flatMap((rule) => rule.peers),
  );
}

function blocksOf(input: OutsideInput) {
  const { groups = [] } = input;
  return [
    ...peersOf(input).filter((peer) => peer.kind === 'ipBlock'),
    ...groups.flatMap(({ blocks }) => blocks),
  ];
}

function ownRanges({ owners, nodeAddresses, clusterNets }: OutsideInput): readonly Range[] {
  const texts = [...(owners?.keys() ?? []), ...(nodeAddresses ?? []), ...(clusterNets ?? [])];
  return texts.map(rangeOf).filter((range) => range !== undefined);
}

/** Outer before inner, so that what follows a range is inside it or beyond it; the cluster's own last of equals. */
function byPlace(a: Range, b: Range): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  if (a.last !== b.last) return a.last > b.last ? -1 : 1;
  return Number(a.name === undefined) - Number(b.name === undefined);
}

/** The first from `start` on that none of the others holds, as long as it is in the range. */
function freeAddress(start: bigint, within: Range, others: readonly Range[]): bigint | undefined {
  let at = start;
  for (const { kind, first, last } of others) {
    if (kind !== within.kind || first > within.last) break;
    if (first <= at && at <= last) at = last + 1n;
  }
  return at <= within.last ? at : undefined;
}

/** Where policies name every address of IPv4, one of them stands for the world all the same. */
function anywhere(ranges: readonly Range[]): bigint {
  for (const start of STARTS) {
    const free = freeAddress(start, ALL_IPV4, ranges);
    if (free !== undefined) return free;
  }
  return STARTS[0] ?? 0n;
}

function isAll({ kind, first, last }: Range): boolean {
  return first === 0n && last === (kind === 'ipv4' ? ALL_IPV4 : ALL_IPV6).last;
}

function rangeOf(text: string): Range | undefined {
  const block = parseBlock(text);
  if (!block) return undefined;
  const [address, prefix] = block;
  const size = 2n ** BigInt((address.kind() === 'ipv4' ? 32 : 128) - prefix);
  const first = (numberOf(address) / size) * size;
  return { kind: address.kind(), first, last: first + size - 1n };
}

function numberOf(address: Address | undefined): bigint {
  return (address?.toByteArray() ?? []).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function textOf(kind: Range['kind'], address: bigint): string {
  const hex = address.toString(16).padStart(kind === 'ipv4' ? 8 : 32, '0');
  if (kind === 'ipv6') return (hex.match(/.{4}/gu) ?? []).join(':');
  return (hex.match(/.{2}/gu) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}
