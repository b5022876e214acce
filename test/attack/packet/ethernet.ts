import { ip4Bytes, join, macBytes, short, zeros } from './bytes.ts';

export const TYPE = {
  ip4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ip6: 0x86dd,
  mpls: 0x8847,
  pppoe: 0x8864,
  qinq: 0x88a8,
} as const;
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export interface Between {
  readonly from: string;
  readonly to: string;
}

/** Addresses are MACs. Padded to the least that Ethernet carries. */
export function ethernet({ from, to }: Between, type: number, payload: Uint8Array): Buffer {
  return join(macBytes(to), macBytes(from), short(type), payload, zeros(Math.max(0, 46 - payload.length)));
}

/** What is behind a tag's ethertype. */
export const tagged = (id: number, type: number, payload: Uint8Array): Buffer =>
  join(short(id), short(type), payload);

/** IEEE 802.3: a length in place of the type, then LLC. */
export const llc = (between: Between, header: readonly number[], payload: Uint8Array): Buffer =>
  ethernet(between, header.length + payload.length, join(Uint8Array.from(header), payload));

export const SNAP_IP4 = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0] as const;

export interface ArpParty {
  readonly mac: string;
  readonly ip: string;
}

export function arp(operation: 'request' | 'reply', sender: ArpParty, target: ArpParty): Buffer {
  const head = [short(1), short(TYPE.ip4), Uint8Array.of(6, 4), short(operation === 'request' ? 1 : 2)];
  return join(
    ...head,
    ...[macBytes(sender.mac), ip4Bytes(sender.ip)],
    ...[macBytes(target.mac), ip4Bytes(target.ip)],
  );
}
