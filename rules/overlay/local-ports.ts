import ipaddr from 'ipaddr.js';
import { joinKey } from './keys.ts';

/** A veth of the bridge in the overlay's namespace, and what the endpoint behind it may send as. */
export interface LocalPort {
  /** The interface's name in the namespace: `veth3`. */
  readonly port: string;
  readonly mac: string;
  /** IPv4, and IPv6 in its canonical text. The load balancer's port has the VIPs too: it answers from them. */
  readonly addresses: readonly string[];
}
export type LocalPorts = readonly LocalPort[];

/** What the guard's sets hold for these ports: [set, key]. */
export function portElements(ports: LocalPorts): readonly (readonly [set: string, key: string])[] {
  return ports.flatMap(({ port, mac, addresses }) => {
    const [name, own] = [`"${port}"`, mac.toLowerCase()];
    const six = addresses.filter(isIp6).map((address) => ipaddr.IPv6.parse(address));
    const elements = addresses
      .filter((address) => !isIp6(address))
      .map((address) => ['ports', joinKey(name, own, address)] as const);
    if (six.length === 0) return elements;
    return [
      ...elements,
      ...[...six, linkLocal(own)].flatMap((address) => [
        ['ports6', joinKey(name, own, address.toString())] as const,
        ['targets6', joinKey(name, own, `0x${numberOf(address.toByteArray()).toString(16)}`)] as const,
      ]),
      // As nft lists them: numbers of at most 64 bits are decimal.
      ['macs6', joinKey(name, numberOf(bytesOf(own)).toString())],
    ];
  });
}

export function isIp6(address: string): boolean {
  return address.includes(':');
}

/** RFC 4291, appendix A: what the kernel gives an interface by itself. */
function linkLocal(mac: string): ipaddr.IPv6 {
  const [first = 0, second = 0, third = 0, ...rest] = bytesOf(mac);
  return new ipaddr.IPv6([0xfe, 0x80, 0, 0, 0, 0, 0, 0, first ^ 2, second, third, 0xff, 0xfe, ...rest]);
}

function bytesOf(mac: string): readonly number[] {
  return mac.split(':').map((byte) => parseInt(byte, 16));
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}
