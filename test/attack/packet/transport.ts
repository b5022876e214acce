import { ip4Bytes, join, long, short, withChecksum } from './bytes.ts';
import type { Between } from './ethernet.ts';
import { ip4, type Ip4Options } from './ip4.ts';

export const PROTOCOL = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ip6: 41,
  gre: 47,
  esp: 50,
  sctp: 132,
  udplite: 136,
  /** For experiments (RFC 3692). */
  unknown: 253,
} as const;

export interface Ports {
  readonly source: number;
  readonly target: number;
}

export const FLAGS = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16, urgent: 32 } as const;

export interface TcpFields extends Ports {
  readonly flags: number;
  readonly sequence?: number;
  readonly acknowledged?: number;
}

/** A UDP datagram without its IP header. */
export function udpBytes(between: Between, { source, target }: Ports, data: Uint8Array | string): Buffer {
  const payload = Buffer.from(data);
  const bytes = join(short(source), short(target), short(8 + payload.length), short(0), payload);
  return withChecksum(bytes, 6, pseudo(between, PROTOCOL.udp, bytes.length));
}

export function udp4(
  between: Between,
  ports: Ports,
  data: Uint8Array | string,
  options: Partial<Ip4Options> = {},
): Buffer {
  return ip4(between, { ...options, protocol: PROTOCOL.udp }, udpBytes(between, ports, data));
}

/** A TCP segment without its IP header. */
export function tcpBytes(between: Between, fields: TcpFields, data: Uint8Array | string = ''): Buffer {
  const bytes = join(
    ...[short(fields.source), short(fields.target)],
    ...[long(fields.sequence ?? 0), long(fields.acknowledged ?? 0)],
    ...[Uint8Array.of(0x50, fields.flags), short(65_000), short(0), short(0)],
    data,
  );
  return withChecksum(bytes, 16, pseudo(between, PROTOCOL.tcp, bytes.length));
}

export function tcp4(
  between: Between,
  fields: TcpFields,
  data: Uint8Array | string = '',
  options: Partial<Ip4Options> = {},
): Buffer {
  return ip4(between, { ...options, protocol: PROTOCOL.tcp }, tcpBytes(between, fields, data));
}

/** ICMP of this type and code; `rest` is the header's second word. */
export function icmp4(
  between: Between,
  [type, code]: readonly [type: number, code: number],
  rest: number,
  data: Uint8Array | string,
): Buffer {
  const bytes = withChecksum(join(Uint8Array.of(type, code, 0, 0), long(rest), data), 2);
  return ip4(between, { protocol: PROTOCOL.icmp }, bytes);
}

function pseudo({ from, to }: Between, protocol: number, length: number): Uint8Array {
  return join(ip4Bytes(from), ip4Bytes(to), Uint8Array.of(0, protocol), short(length));
}
