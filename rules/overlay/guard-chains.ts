import type { Mode } from '../../compose-ext/policy-model.ts';
import type { Chain, Rule, SetDeclaration, Statement } from '../nftables/program.ts';
import { ADVERTISEMENT, SOLICITATION } from './icmp.ts';
import { discovery, LINKS_OWN, NEIGHBOUR_SETS, neighbourChains, OWN_SOURCE } from './neighbour-discovery.ts';

export const GUARD_SETS: readonly SetDeclaration[] = [
  { name: 'ports', key: ['meta iifname', 'ether saddr', 'ip saddr'] },
  ...NEIGHBOUR_SETS,
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
    ...neighbourChains(last, [[...discovery(SOLICITATION, ADVERTISEMENT), UPLINK, { kind: 'accept' }]]),
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

const UPLINK: Statement = { kind: 'in', fields: ['meta iifname'], set: 'uplinks6' };

const SIX: readonly Rule[] = [LINKS_OWN, [OWN_SOURCE, { kind: 'accept' }], [UPLINK, { kind: 'accept' }]];
