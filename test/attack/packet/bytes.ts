export const short = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 0xff, value & 0xff);

export const long = (value: number): Uint8Array =>
  Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

export const join = (...parts: readonly (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

export const zeros = (count: number): Uint8Array => new Uint8Array(count);

export const macBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.split(':').map((part) => parseInt(part, 16)));

export const ip4Bytes = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number));

/** The Internet checksum (RFC 1071). */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The same bytes with their checksum where it belongs; `over` is counted in ahead of them. */
export function withChecksum(bytes: Buffer, at: number, over: Uint8Array = zeros(0)): Buffer {
  bytes.writeUInt16BE(0, at);
  bytes.writeUInt16BE(checksum(join(over, bytes)), at);
  return bytes;
}
