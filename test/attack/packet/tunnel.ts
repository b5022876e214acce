import { join, long, macBytes, short, zeros } from './bytes.ts';

export const VXLAN_PORT = 4789;

/** What goes into a UDP datagram to port 4789. */
export const vxlan = (number: number, frame: Uint8Array): Buffer =>
  join(long(0x08000000), long((number << 8) >>> 0), frame);

/** Addresses are 16 bytes. */
export function ip6(
  { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array },
  next: number,
  payload: Uint8Array,
  hops = 64,
): Buffer {
  return join(long(0x60000000), short(payload.length), Uint8Array.of(next, hops), from, to, payload);
}

/** `fe80::N`, and what a MAC makes of itself when the kernel gives it one. */
export const linkLocal = (host: number): Uint8Array =>
  join(Uint8Array.of(0xfe, 0x80), zeros(13), Uint8Array.of(host));
export function linkLocalOf(mac: string): Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macBytes(mac);
  return join(Uint8Array.of(0xfe, 0x80), zeros(6), Uint8Array.of(a ^ 2, b, c, 0xff, 0xfe, d, e, f));
}
/** Of 2001:db8::/32, which nobody has. */
export const madeUp = (host: number): Uint8Array =>
  join(Uint8Array.of(0x20, 0x01, 0x0d, 0xb8), zeros(11), Uint8Array.of(host));
export const ALL_NODES = join(Uint8Array.of(0xff, 0x02), zeros(13), Uint8Array.of(1));
export const ALL_NODES_MAC = '33:33:00:00:00:01';
