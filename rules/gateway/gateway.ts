import type { Chain, Program, Rule, SetDeclaration } from '../nftables/program.ts';
import { programVersion } from '../nftables/version.ts';
import { joinKey } from '../overlay/keys.ts';
import { isIp6, type LocalPorts, portElements } from '../overlay/local-ports.ts';
import { LINKS_OWN, NEIGHBOUR_SETS, neighbourChains } from '../overlay/neighbour-discovery.ts';

export const GATEWAY_TABLE = 'swarmwall_gateway';

export const GATEWAY_SETS: readonly SetDeclaration[] = [
  { name: 'ports', key: ['meta iifname', 'ether saddr', 'ip saddr'] },
  /** Every port that is guarded: the others of this and of other bridges pass. */
  { name: 'members', key: ['meta iifname'] },
  /** What it was given: from its link-local address, which is in `ports6` too, it only finds neighbours. */
  { name: 'given6', key: ['meta iifname', 'ether saddr', 'ip6 saddr'] },
  ...NEIGHBOUR_SETS,
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
        { kind: 'goto', chain: 'six' },
      ],
      REFUSED,
    ],
  },
  {
    name: 'six',
    rules: [
      LINKS_OWN,
      [
        { kind: 'in', fields: ['meta iifname', 'ether saddr', 'ip6 saddr'], set: 'given6' },
        { kind: 'accept' },
      ],
      REFUSED,
    ],
  },
  ...neighbourChains(REFUSED),
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
  const own = [
    ...portElements(ports),
    ...ports.flatMap(({ port, mac, addresses }) => [
      ['members', quoted(port)] as const,
      ...addresses
        .filter(isIp6)
        .map((address) => ['given6', joinKey(quoted(port), mac.toLowerCase(), address)] as const),
    ]),
  ];
  const keysOf = (set: string) => own.flatMap(([name, key]) => (name === set ? [key] : [])).sort();
  const elements = new Map(
    GATEWAY_SETS.map(({ name }) => [name, new Map(keysOf(name).map((key) => [key, '']))]),
  );
  return [{ ...constants, version: programVersion(constants), elements }];
}

function quoted(port: string): string {
  return `"${port}"`;
}
