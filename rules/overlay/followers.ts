import type { EndpointOwner } from '../network-policy.ts';
import { isIp6, type LocalPort, type LocalPorts } from './local-ports.ts';

/**
 * IPv6 addresses that engines give by themselves, on their own node, and no manager knows: each belongs to whom the
 * IPv4 addresses of its port belong to, if that is one service.
 */
export interface Followers {
  has(address: string): boolean;
  /** @returns what changed since the last time. */
  follow(ports: LocalPorts, owners: ReadonlyMap<string, EndpointOwner>): readonly Move[];
}

export interface Move {
  readonly address: string;
  readonly from: EndpointOwner | undefined;
  readonly to: EndpointOwner | undefined;
}

export function createFollowers(): Followers {
  let present = new Map<string, EndpointOwner>();
  return {
    has: (address) => present.has(address),
    follow(ports, owners) {
      const wanted = new Map(ports.flatMap((port) => followersOf(port, owners)));
      const moves = [...new Set([...present.keys(), ...wanted.keys()])]
        .map((address) => ({ address, from: present.get(address), to: wanted.get(address) }))
        .filter(({ from, to }) => !from || !sameOwner(from, to));
      present = wanted;
      return moves;
    },
  };
}

export function sameOwner(a: EndpointOwner, b: EndpointOwner | null | undefined): boolean {
  if (a.kind === 'service') return b?.kind === 'service' && a.service === b.service;
  return b?.kind === 'load-balancer';
}

function followersOf(
  { addresses }: LocalPort,
  owners: ReadonlyMap<string, EndpointOwner>,
): readonly (readonly [string, EndpointOwner])[] {
  const six = addresses.filter((address) => isIp6(address) && !owners.has(address));
  if (six.length === 0) return [];
  const [owner, ...others] = addresses.filter((address) => !isIp6(address)).map((one) => owners.get(one));
  if (owner?.kind !== 'service' || others.some((other) => !sameOwner(owner, other))) return [];
  return six.map((address) => [address, owner]);
}
