/** Whether addresses match, as ipset's most specific prefix decides. */
export interface PrefixVerdict {
  readonly prefix: string;
  readonly match: boolean;
}

export interface Block {
  readonly cidr: string;
  readonly except: readonly string[];
}

export interface Prefix {
  readonly network: number;
  readonly length: number;
}

interface ParsedBlock {
  readonly prefix: Prefix;
  readonly except: readonly Prefix[];
}

/**
 * The union of blocks with exceptions, as the fewest prefixes of which the longest that holds an address decides. One
 * block's exception takes nothing from another block. IPv4 only: other blocks are left out, and an exception that
 * cannot be read leaves its block out.
 */
export function unionOfBlocks(blocks: readonly Block[]): readonly PrefixVerdict[] {
  const parsed = blocks.flatMap((block) => parseBlock(block));
  const prefixes = new Map<string, Prefix>();
  for (const { prefix, except } of parsed)
    for (const each of [prefix, ...except]) prefixes.set(prefixText(each), each);
  const sorted = [...prefixes.values()].sort((a, b) => a.length - b.length || a.network - b.network);
  const verdicts: { readonly prefix: Prefix; readonly match: boolean }[] = [];
  for (const prefix of sorted) {
    const match = parsed.some(
      (block) => holds(block.prefix, prefix) && !block.except.some((e) => holds(e, prefix)),
    );
    const parent = verdicts.findLast((verdict) => holds(verdict.prefix, prefix));
    if (match !== (parent?.match ?? false)) verdicts.push({ prefix, match });
  }
  return verdicts.map(({ prefix, match }) => ({ prefix: prefixText(prefix), match }));
}

/** Whether the address is in the block, and in no exception. */
export function holdsAddress({ cidr, except }: Block, address: string): boolean {
  const wanted = parsePrefix(address);
  const within = (text: string) => {
    const prefix = parsePrefix(text);
    return wanted !== undefined && prefix !== undefined && holds(prefix, wanted);
  };
  return within(cidr) && !except.some(within);
}

/** Undefined when it is no IPv4 address or block. Host bits are cut off. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const bytes = match.slice(1, 5).map(Number);
  const length = match[5] === undefined ? 32 : Number(match[5]);
  if (bytes.some((byte) => byte > 255) || length > 32) return undefined;
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return { network: truncate(address, length), length };
}

/** As ipset lists it: a single address has no length. */
export function prefixText({ network, length }: Prefix): string {
  const address = [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.');
  return length === 32 ? address : `${address}/${length}`;
}

function parseBlock({ cidr, except }: Block): readonly ParsedBlock[] {
  const prefix = parsePrefix(cidr);
  const parsed = except.map(parsePrefix);
  const known = parsed.filter((each) => each !== undefined).flatMap(halves);
  if (!prefix || parsed.includes(undefined)) return [];
  return halves(prefix).map((half) => ({ prefix: half, except: known }));
}

function holds(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && truncate(inner.network, outer.length) === outer.network;
}

function truncate(address: number, length: number): number {
  const size = 2 ** (32 - length);
  return address - (address % size);
}

/** ipset has no prefix of length 0. Halved before any comparison: a block may name a half itself. */
function halves(prefix: Prefix): readonly Prefix[] {
  if (prefix.length > 0) return [prefix];
  return [
    { network: 0, length: 1 },
    { network: 2 ** 31, length: 1 },
  ];
}
