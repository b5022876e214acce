import type { Chain, Rule, SetDeclaration } from '../nftables/program.ts';
import type { Mode } from '../../compose-ext/policy-model.ts';

/** A veth of the bridge in the overlay's namespace, and what the endpoint behind it may send as. */
export interface LocalPort {
  /** The interface's name in the namespace: `veth3`. */
  readonly port: string;
  readonly mac: string;
  /** IPv4. The load balancer's port has the VIPs too: it answers from them. */
  readonly addresses: readonly string[];
}
export type LocalPorts = readonly LocalPort[];

export const GUARD_SETS: readonly SetDeclaration[] = [
  { name: 'ports', key: ['meta iifname', 'ether saddr', 'ip saddr'] },
];
export const GUARD_COUNTERS = ['refused', 'to_bridge'] as const;

/** The driver gives every overlay's VXLAN device this name. */
const VXLAN = '"vxlan0"';

/**
 * Priority -200 is ahead of br_netfilter (0). The types are read from the frame itself: with a VLAN tag, even
 * one that the device took off, `ether type` is the tag's.
 */
export function guardChains(mode: Mode): readonly Chain[] {
  const last: Rule[] =
    mode === 'audit'
      ? [[{ kind: 'count', counter: 'refused' }, { kind: 'accept' }]]
      : [[{ kind: 'count', counter: 'refused' }, { kind: 'drop' }]];
  return [
    { name: 'prerouting', hook: { name: 'prerouting', priority: -200 }, rules: [...PREROUTING, ...last] },
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
];
