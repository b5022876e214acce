import ipaddr from 'ipaddr.js';
import { parseBlock } from '../address-block.ts';

export interface AddressRanges {
  /** As nft writes them: `10.0.0.0-10.255.255.255`, `10.0.0.1`. Disjoint, ascending. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

type Family = 'ipv4' | 'ipv6';
type Range = readonly [first: bigint, last: bigint];

const BITS = { ipv4: 32, ipv6: 128 } as const;

/** The union of blocks less their own exceptions: one block's exception takes nothing from another block. */
export function rangesOf(
  blocks: readonly { readonly cidr: string; readonly except: readonly string[] }[],
): AddressRanges {
  const found: Record<Family, Range[]> = { ipv4: [], ipv6: [] };
  for (const { cidr, except } of blocks) {
    const block = rangeOf(cidr);
    const exceptions = except.map(rangeOf);
    // A block that cannot be read holds nothing, and an exception that cannot be read takes all of it.
    if (block === undefined || exceptions.includes(undefined)) continue;
    const holes = exceptions.flatMap((each) => (each?.family === block.family ? [each.range] : []));
    found[block.family].push(...subtract(block.range, joined(holes)));
  }
  return { ipv4: textOf(found.ipv4, 'ipv4'), ipv6: textOf(found.ipv6, 'ipv6') };
}

function rangeOf(text: string): { readonly family: Family; readonly range: Range } | undefined {
  const block = parseBlock(text);
  if (block === undefined) return undefined;
  const [network, length] = block;
  const family = network.kind();
  const size = 1n << BigInt(BITS[family] - length);
  const address = network.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const first = address - (address % size);
  return { family, range: [first, first + size - 1n] };
}

/** Overlapping and adjacent ones are one. */
function joined(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const before = merged.at(-1);
    if (before === undefined || first > before[1] + 1n) merged.push([first, last]);
    else if (last > before[1]) merged[merged.length - 1] = [before[0], last];
  }
  return merged;
}

function subtract([first, last]: Range, holes: readonly Range[]): Range[] {
  const left: Range[] = [];
  let from = first;
  for (const [start, end] of holes) {
    if (end < from || start > last) continue;
    if (start > from) left.push([from, start - 1n]);
    from = end + 1n;
  }
  if (from <= last) left.push([from, last]);
  return left;
}

function textOf(ranges: readonly Range[], family: Family): readonly string[] {
  return joined(ranges).map(([first, last]) =>
    first === last
      ? addressText(first, family)
      : `${addressText(first, family)}-${addressText(last, family)}`,
  );
}

function addressText(value: bigint, family: Family): string {
  const bytes = Array.from({ length: BITS[family] / 8 }, (_, index) =>
    Number((value >> BigInt(BITS[family] - 8 * (index + 1))) & 255n),
  );
  return ipaddr.fromByteArray(bytes).toString();
}
