import type { Protocol } from '../../compose-ext/policy-model.ts';
import { meansDnsName } from '../../compose-ext/dns-name.ts';
import { holdsAddress } from '../docker-user/prefixes.ts';
import type { EdgeNames, EdgeRule } from '../network-policy.ts';
import {
  EVERY_PORT,
  EVERYTHING,
  intersection,
  NOTHING,
  type PortRange,
  PROTOCOLS,
  type PortSet,
  union,
} from '../port-set.ts';
import { DNS_SETS } from './names.ts';

/** An element, but for the task that it is for. */
export interface LeaseKey {
  readonly set: typeof DNS_SETS.leases | typeof DNS_SETS.leasesWhole;
  /** What follows the task's address. */
  readonly rest: string;
}

const NUMBERS: Readonly<Record<Protocol | 'icmp', number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 };
const WHOLE: PortRange = [0, EVERY_PORT[1]];

/** Whether some rule lists the name at all. */
export function isListed({ rules }: EdgeNames, name: string): boolean {
  return rules.some((rule) => meansDnsName(rule.name, name));
}

/**
 * What an address of a name comes to in the kernel's sets, which take no two ranges that overlap: ports are cut where
 * any rule of the service begins or ends, so two names with one address share pieces.
 */
export function leaseKeys(names: EdgeNames, name: string, address: string): readonly LeaseKey[] {
  const left = leftTo(names, address);
  const all = names.rules.map((rule) => intersection(portsOf(rule), left));
  const wanted = all.filter((_, index) => meansDnsName(names.rules[index]?.name ?? '', name));
  const keys = new Map<string, LeaseKey>();
  const put = (key: LeaseKey) => keys.set(`${key.set} ${key.rest}`, key);
  if (wanted.some(({ everything }) => everything)) put({ set: DNS_SETS.leasesWhole, rest: address });
  const key = (protocol: Protocol | 'icmp', [first, last]: PortRange): LeaseKey => ({
    set: DNS_SETS.leases,
    rest: [address, NUMBERS[protocol], first === last ? first : `${first}-${last}`].join(' . '),
  });
  if (wanted.some(({ icmp }) => icmp)) put(key('icmp', WHOLE));
  for (const protocol of PROTOCOLS)
    for (const piece of pieces(all.flatMap((ports) => ports[protocol])))
      if (wanted.some((ports) => ports[protocol].some((range) => isInside(piece, range))))
        put(key(protocol, piece));
  return [...keys.values()];
}

/** Whether a connection may go on: its address is one of the name's, whatever the time. */
export function mayReach(
  names: EdgeNames,
  name: string,
  address: string,
  protocol: number,
  port: number,
): boolean {
  return leaseKeys(names, name, address).some(({ set, rest }) => {
    if (set === DNS_SETS.leasesWhole) return true;
    const [, number, ports = ''] = rest.split(' . ');
    const [first = NaN, last = first] = ports.split('-').map(Number);
    return Number(number) === protocol && first <= port && port <= last;
  });
}

function leftTo({ within }: EdgeNames, address: string): PortSet {
  if (within === undefined) return EVERYTHING;
  return within
    .filter((rule) => holdsAddress(rule, address))
    .reduce((sum, rule) => union(sum, portsOf(rule)), NOTHING);
}

function portsOf({ protocol, port, endPort = port }: Omit<EdgeRule, 'cidr' | 'except'>): PortSet {
  if (protocol === 'any') return EVERYTHING;
  if (protocol === 'icmp') return { ...NOTHING, icmp: true };
  return { ...NOTHING, [protocol]: [port === undefined ? EVERY_PORT : [port, endPort]] };
}

function pieces(ranges: readonly PortRange[]): readonly PortRange[] {
  const edges = [...new Set(ranges.flatMap(([first, last]) => [first, last + 1]))].sort((a, b) => a - b);
  return edges
    .slice(0, -1)
    .map((first, index): PortRange => [first, (edges[index + 1] ?? first + 1) - 1])
    .filter((piece) => ranges.some((range) => isInside(piece, range)));
}

function isInside([first, last]: PortRange, [from, to]: PortRange): boolean {
  return from <= first && last <= to;
}
