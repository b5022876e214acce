import { spawnSync } from 'node:child_process';
import { PATIENCE } from './peer-protocol.ts';

/** An ICMP echo request from a namespace; true: answered. A raw socket by socat: there may be no ping. */
export function echoAnswered(namespace: string, address: string): boolean {
  const six = address.includes(':');
  const target = six ? `IP6-SENDTO:[${address}]:58` : `IP4-SENDTO:${address}:1`;
  const result = spawnSync(
    'nsenter',
    [`--net=/run/netns/${namespace}`, 'socat', '-t', String(PATIENCE / 1000), '-', target],
    // Of IPv6 the kernel makes the checksum.
    { input: withChecksum([six ? 128 : 8, 0, 0, 0, 0x5a, 0x5a, 0, 1, ...Buffer.from('swarmwall')], 2) },
  );
  if (result.error) throw result.error;
  return result.stdout.includes('swarmwall');
}

/** Sends a frame as it is. */
export function sendFrame(namespace: string, frame: Uint8Array): void {
  const result = spawnSync(
    'nsenter',
    [`--net=/run/netns/${namespace}`, 'socat', '-u', '-', 'INTERFACE:eth0'],
    { input: frame },
  );
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(result.stderr.toString());
}

export interface FrameAddresses {
  readonly from: string;
  readonly to: string;
}

export function ethernet({ from, to }: FrameAddresses, type: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([mac(to), mac(from), short(type), payload, Buffer.alloc(46)]);
}

/** An 802.1Q tag, then what was there. */
export function vlan(id: number, type: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([short(id), short(type), payload]);
}

/** A UDP datagram with its IPv4 header. The UDP checksum is left out, as IPv4 allows. */
export function udp4({ from, to }: FrameAddresses, port: number, text: string): Uint8Array {
  const data = Buffer.from(text);
  const header = withChecksum(
    [0x45, 0, ...short(28 + data.length), 0, 1, 0, 0, 64, 17, 0, 0, ...ip4(from), ...ip4(to)],
    10,
  );
  return Buffer.concat([header, short(4000), short(port), short(8 + data.length), short(0), data]);
}

/** From and to link-local addresses, without a next header (59). */
export function ip6(text: string): Uint8Array {
  const data = Buffer.from(text);
  const addresses = [1, 2].map((host) => Uint8Array.of(0xfe, 0x80, ...Array<number>(13).fill(0), host));
  return Buffer.concat([Uint8Array.of(0x60, 0, 0, 0, ...short(data.length), 59, 64), ...addresses, data]);
}

/** "`ip` is at `mac`", unasked. */
export function arpReply(sender: { readonly mac: string; readonly ip: string }, target: string): Uint8Array {
  return Buffer.concat([
    Buffer.from([0, 1, 8, 0, 6, 4, 0, 2]),
    mac(sender.mac),
    ip4(sender.ip),
    mac('ff:ff:ff:ff:ff:ff'),
    ip4(target),
  ]);
}

function withChecksum(bytes: readonly number[], at: number): Uint8Array {
  const packet = Buffer.from(bytes);
  let sum = 0;
  for (let index = 0; index < packet.length; index += 2)
    sum += ((packet[index] ?? 0) << 8) + (packet[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet.writeUInt16BE(~sum & 0xffff, at);
  return packet;
}

function short(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function mac(text: string): Uint8Array {
  return Uint8Array.from(text.split(':').map((part) => parseInt(part, 16)));
}

function ip4(text: string): Uint8Array {
  return Uint8Array.from(text.split('.').map(Number));
}
