import type { Chain, Program, Rule, SetDeclaration } from '../nftables/program.ts';
import { programVersion } from '../nftables/version.ts';
import { joinKey } from '../overlay/keys.ts';
import { isIp6, type LocalPorts } from '../overlay/local-ports.ts';

export const GATEWAY_TABLE = 'swarmwall_gateway';

export const GATEWAY_SETS: readonly SetDeclaration[] = [
  { name: 'ports', key: ['meta iifname', 'ether saddr', 'ip saddr'] },
  /** Every port that is guarded: the others of this and of other bridges pass. */
  { name: 'members', key: ['meta iifname'] },
  /** Of those the ones that have been given an IPv6 address. */
  { name: 'six', key: ['meta iifname'] },
];

const REFUSED: Rule = [
  { kind: 'in', fields: ['meta iifname'], set: 'members' },
  { kind: 'count', counter: 'refused' },
  { kind: 'drop' },
];

/** Ahead of br_netfilter (0), and of what a node's own address would make of the frame. */
const CHAINS: readonly Chain[] = [
  {
    name: 'prerouting',
    hook: { name: 'prerouting', priority: -200, policy: 'accept' },
    rules: [
      [
        { kind: 'is', field: 'ether type', values: ['ip'] },
        { kind: 'in', fields: ['meta iifname', 'ether saddr', 'ip saddr'], set: 'ports' },
        { kind: 'accept' },
      ],
      [
        { kind: 'is', field: 'ether type', values: ['arp'] },
        { kind: 'in', fields: ['meta iifname', 'ether saddr', 'arp saddr ip'], set: 'ports' },
        { kind: 'in', fields: ['meta iifname', 'arp saddr ether', 'arp saddr ip'], set: 'ports' },
        { kind: 'accept' },
      ],
      [
        { kind: 'is', field: 'ether type', values: ['ip6'] },
        { kind: 'in', fields: ['meta iifname'], set: 'six' },
        { kind: 'accept' },
      ],
      REFUSED,
    ],
  },
];

/** A port that is not known (yet) is not among these, and may send what it likes: who may leave is judged by address. */
export function gatewayPrograms(ports: LocalPorts): readonly Program[] {
  if (ports.length === 0) return [];
  const constants = {
    family: 'bridge',
    table: GATEWAY_TABLE,
    sets: GATEWAY_SETS,
    counters: ['refused'],
    chains: CHAINS,
  } as const;
  const own = ports.flatMap(({ port, mac, addresses }) =>
    addresses
      .filter((address) => !isIp6(address))
      .map((address) => joinKey(quoted(port), mac.toLowerCase(), address)),
  );
  const members = ports.map(({ port }) => quoted(port));
  const six = ports.filter(({ addresses }) => addresses.some(isIp6)).map(({ port }) => quoted(port));
  const elements = new Map([
    ['ports', keys(own)],
    ['members', keys(members)],
    ['six', keys(six)],
  ]);
  return [{ ...constants, version: programVersion(constants), elements }];
}

function quoted(port: string): string {
  return `"${port}"`;
}

function keys(values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(values.toSorted().map((value) => [value, '']));
}
