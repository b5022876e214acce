import { ip4Bytes, join, short, withChecksum, zeros } from './bytes.ts';
import type { Between } from './ethernet.ts';

export interface Ip4Options {
  readonly protocol: number;
  readonly id?: number;
  readonly ttl?: number;
  /** Bytes of the options field, padded here. */
  readonly options?: readonly number[];
  /** Of the payload's first byte in the whole datagram: a multiple of 8. */
  readonly offset?: number;
  readonly moreFragments?: boolean;
}

let ids = 0;

export function ip4({ from, to }: Between, options: Ip4Options, payload: Uint8Array): Buffer {
  const given = Uint8Array.from(options.options ?? []);
  const extra = join(given, zeros((4 - (given.length % 4)) % 4));
  const fragment = ((options.offset ?? 0) >> 3) | (options.moreFragments === true ? 0x2000 : 0);
  const header = join(
    Uint8Array.of(0x40 | (5 + extra.length / 4), 0),
    short(20 + extra.length + payload.length),
    short(options.id ?? (ids = (ids + 1) & 0xffff)),
    short(fragment),
    Uint8Array.of(options.ttl ?? 64, options.protocol),
    short(0),
    ip4Bytes(from),
    ip4Bytes(to),
    extra,
  );
  return join(withChecksum(header, 10), payload);
}

/** Pieces of one datagram of this protocol: [offset, bytes, more to come]. */
export function fragments(
  between: Between,
  protocol: number,
  pieces: readonly (readonly [offset: number, bytes: Uint8Array, more: boolean])[],
): readonly Buffer[] {
  const id = (ids = (ids + 1) & 0xffff);
  return pieces.map(([offset, bytes, moreFragments]) =>
    ip4(between, { protocol, id, offset, moreFragments }, bytes),
  );
}

/** A datagram's payload in pieces of this many bytes. */
export function cut(
  payload: Uint8Array,
  size: number,
): readonly (readonly [offset: number, bytes: Uint8Array, more: boolean])[] {
  const count = Math.ceil(payload.length / size);
  return Array.from({ length: count }, (_, at) => [
    at * size,
    payload.subarray(at * size, (at + 1) * size),
    at < count - 1,
  ]);
}
