import { type Chain, ND_OPTION, ND_OPTION_MAC, ND_TARGET, type Rule } from '../nftables/program.ts';
import type { SetDeclaration, Statement } from '../nftables/program.ts';
import type { Mode } from '../../compose-ext/policy-model.ts';
import { ADVERTISEMENT, ICMP_6, JUDGED_6, SOLICITATION } from './icmp.ts';

export const GUARD_SETS: readonly SetDeclaration[] = [
  { name: 'ports', key: ['meta iifname', 'ether saddr', 'ip saddr'] },
  { name: 'ports6', key: ['meta iifname', 'ether saddr', 'ip6 saddr'] },
  { name: 'targets6', key: ['meta iifname', 'ether saddr', ND_TARGET] },
  { name: 'macs6', key: ['meta iifname', ND_OPTION_MAC] },
  // The way to other nodes, while the policy knows IPv6 addresses.
  { name: 'uplinks6', key: ['meta iifname'] },
];
export const GUARD_COUNTERS = ['refused', 'to_bridge'] as const;

/** The driver gives every overlay's VXLAN device this name. */
export const VXLAN = '"vxlan0"';

/**
 * Priority -200 is ahead of br_netfilter (0). The types are read from the frame itself: with a VLAN tag, even
 * one that the device took off, `ether type` is the tag's.
 */
export function guardChains(mode: Mode): readonly Chain[] {
  const last: Rule =
    mode === 'audit'
      ? [{ kind: 'count', counter: 'refused' }, { kind: 'accept' }]
      : [{ kind: 'count', counter: 'refused' }, { kind: 'drop' }];
  return [
    { name: 'prerouting', hook: { name: 'prerouting', priority: -200 }, rules: [...PREROUTING, last] },
    { name: 'six', rules: [...SIX, last] },
    { name: 'neighbour', rules: [...NEIGHBOUR, last] },
    { name: 'own_option', rules: [...OWN_OPTION, last] },
    // Frames to br0 itself, or to any of its ports' own MACs, would be routed past the forward hook. Nothing
    // on an overlay's bridge listens.
    {
      name: 'input',
      hook: { name: 'input', priority: -200 },
      rules: [
        [{ kind: 'count', counter: 'to_bridge' }, mode === 'audit' ? { kind: 'accept' } : { kind: 'drop' }],
      ],
    },
  ];
}

const PREROUTING: readonly Rule[] = [
  [
    { kind: 'is', field: 'ether type', values: ['ip'] },
    { kind: 'in', fields: ['meta iifname', 'ether saddr', 'ip saddr'], set: 'ports' },
    { kind: 'accept' },
  ],
  [
    { kind: 'is', field: 'meta iifname', values: [VXLAN] },
    { kind: 'is', field: 'ether type', values: ['ip', 'arp'] },
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
];

const OWN_SOURCE: Statement = {
  kind: 'in',
  fields: ['meta iifname', 'ether saddr', 'ip6 saddr'],
  set: 'ports6',
};
const OWN_TARGET: Statement = {
  kind: 'in',
  fields: ['meta iifname', 'ether saddr', ND_TARGET],
  set: 'targets6',
};
const UPLINK: Statement = { kind: 'in', fields: ['meta iifname'], set: 'uplinks6' };

/**
 * What is not the first fragment shows no type: without its first, which is asked here, it comes to nothing. A header so
 * long that the type is in a later one is judged when the packet is whole, by the forward hook.
 */
const SIX: readonly Rule[] = [
  [
    { kind: 'is-not', field: 'icmpv6 type', values: JUDGED_6 },
    { kind: 'goto', chain: 'neighbour' },
  ],
  [OWN_SOURCE, { kind: 'accept' }],
  [UPLINK, { kind: 'accept' }],
];

/** No routers, no redirects, no groups: solicitations and advertisements, of the sender's own addresses only. */
const NEIGHBOUR: readonly Rule[] = [
  [...discovery(SOLICITATION, ADVERTISEMENT), UPLINK, { kind: 'accept' }],
  // Is anyone else using my address? The answer would be an advertisement.
  [
    ...discovery(SOLICITATION),
    { kind: 'is', field: 'ip6 saddr', values: ['::'] },
    OWN_TARGET,
    { kind: 'accept' },
  ],
  [...discovery(SOLICITATION), OWN_SOURCE, { kind: 'goto', chain: 'own_option' }],
  [...discovery(ADVERTISEMENT), OWN_SOURCE, OWN_TARGET, { kind: 'goto', chain: 'own_option' }],
];

/** None, or one with the port's own MAC. */
const OWN_OPTION: readonly Rule[] = [
  [{ kind: 'is', field: 'ip6 length', values: ['24'] }, { kind: 'accept' }],
  [
    { kind: 'is', field: 'ip6 length', values: ['32'] },
    // A source's or a target's address, 8 bytes long.
    { kind: 'is', field: ND_OPTION, values: ['0x0101', '0x0201'] },
    { kind: 'in', fields: ['meta iifname', ND_OPTION_MAC], set: 'macs6' },
    { kind: 'accept' },
  ],
];

/** Right behind the IPv6 header, in one piece: then the length tells what options there can be. */
function discovery(...types: readonly string[]): readonly Statement[] {
  return [
    { kind: 'is', field: 'ip6 nexthdr', values: [ICMP_6] },
    { kind: 'is', field: 'icmpv6 type', values: types },
  ];
}
