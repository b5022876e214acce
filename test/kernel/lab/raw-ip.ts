import ipaddr from 'ipaddr.js';

/** IPv4 and IPv6 packets of any kind, byte by byte. */
export interface Ends {
  readonly from: string;
  readonly to: string;
}

export const UDP = 17;
export const ICMP = 1;
export const ICMP6 = 58;
export const SCTP = 132;

/** `offset` in units of 8 bytes. */
export interface Piece {
  readonly id: number;
  readonly offset: number;
  readonly more: boolean;
}

export function ip4({ from, to }: Ends, protocol: number, payload: Uint8Array, piece?: Piece): Uint8Array {
  const header = Buffer.from([
    0x45,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    64,
    protocol,
    0,
    0,
    ...bytesOf(from),
    ...bytesOf(to),
  ]);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(piece?.id ?? 1, 4);
  header.writeUInt16BE((piece?.more ? 0x2000 : 0) + (piece?.offset ?? 0), 6);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

export function ip6({ from, to }: Ends, next: number, payload: Uint8Array): Uint8Array {
  const header = Buffer.from([0x60, 0, 0, 0, 0, 0, next, 255, ...bytesOf(from), ...bytesOf(to)]);
  header.writeUInt16BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

export function udp(ends: Ends, source: number, port: number, data: string): Uint8Array {
  const bytes = Buffer.concat([
    short(source),
    short(port),
    short(8 + data.length),
    short(0),
    Buffer.from(data),
  ]);
  bytes.writeUInt16BE(pseudoChecksum(ends, UDP, bytes), 6);
  return bytes;
}

/** @param rest the four bytes after the checksum */
export function icmp4(type: number, code: number, rest: readonly number[], body: Uint8Array): Uint8Array {
  const bytes = Buffer.concat([Uint8Array.of(type, code, 0, 0, ...rest), body]);
  bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

export function icmp6(
  ends: Ends,
  type: number,
  code: number,
  rest: readonly number[],
  body: Uint8Array,
): Uint8Array {
  const bytes = Buffer.concat([Uint8Array.of(type, code, 0, 0, ...rest), body]);
  bytes.writeUInt16BE(pseudoChecksum(ends, ICMP6, bytes), 2);
  return bytes;
}

/** "Who has `target`?" (135) or "`target` is mine" (136), with a link-layer address. */
export function neighbour(ends: Ends, type: 135 | 136, target: string, mac: string): Uint8Array {
  const option = [type === 135 ? 1 : 2, 1, ...mac.split(':').map((byte) => parseInt(byte, 16))];
  return icmp6(ends, type, 0, [0x60, 0, 0, 0], Uint8Array.from([...bytesOf(target), ...option]));
}

/** A hop-by-hop (0) or destination (60) options header of 8 bytes, in front of what is `next`. */
export function options(next: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(next, 0, 1, 4, 0, 0, 0, 0), payload]);
}

/** A routing header of type 0, by way of one address. */
export function routing(next: number, via: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([next, 2, 0, 1, 0, 0, 0, 0, ...bytesOf(via)]), payload]);
}

export function fragment6(next: number, { id, offset, more }: Piece, payload: Uint8Array): Uint8Array {
  const header = Buffer.from([next, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(offset * 8 + (more ? 1 : 0), 2);
  header.writeUInt32BE(id, 4);
  return Buffer.concat([header, payload]);
}

/** One chunk with its flags 0. */
export function sctp(
  source: number,
  port: number,
  tag: number,
  chunk: number,
  value: Uint8Array,
): Uint8Array {
  const bytes = Buffer.concat([
    short(source),
    short(port),
    Buffer.alloc(8),
    Uint8Array.of(chunk, 0, ...short(4 + value.length)),
    value,
    Buffer.alloc((4 - (value.length % 4)) % 4),
  ]);
  bytes.writeUInt32BE(tag, 4);
  bytes.writeUInt32LE(crc32c(bytes), 8);
  return bytes;
}

/** RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2)
    sum += ((bytes[index] ?? 0) << 8) + (bytes[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function pseudoChecksum({ from, to }: Ends, protocol: number, bytes: Uint8Array): number {
  const pseudo = [...bytesOf(from), ...bytesOf(to), ...short(bytes.length), 0, protocol];
  return checksum(Buffer.concat([Uint8Array.from(pseudo), bytes]));
}

/** RFC 9260, appendix A. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function bytesOf(address: string): readonly number[] {
  return ipaddr.parse(address).toByteArray();
}

function short(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
