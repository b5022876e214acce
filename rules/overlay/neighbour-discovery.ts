import { type Chain, ND_OPTION, ND_OPTION_MAC, ND_TARGET, type Rule } from '../nftables/program.ts';
import type { SetDeclaration, Statement } from '../nftables/program.ts';
import { ADVERTISEMENT, ICMP_6, JUDGED_6, SOLICITATION } from './icmp.ts';

/** What a port may say of itself by neighbour discovery; filled by `portElements`, its own link-local address included. */
export const NEIGHBOUR_SETS: readonly SetDeclaration[] = [
  { name: 'ports6', key: ['meta iifname', 'ether saddr', 'ip6 saddr'] },
  { name: 'targets6', key: ['meta iifname', 'ether saddr', ND_TARGET] },
  { name: 'macs6', key: ['meta iifname', ND_OPTION_MAC] },
];

export const OWN_SOURCE: Statement = {
  kind: 'in',
  fields: ['meta iifname', 'ether saddr', 'ip6 saddr'],
  set: 'ports6',
};
const OWN_TARGET: Statement = {
  kind: 'in',
  fields: ['meta iifname', 'ether saddr', ND_TARGET],
  set: 'targets6',
};

/**
 * What is not the first fragment shows no type: without its first, which is asked here, it comes to nothing. A header so
 * long that the type is in a later one is judged when the packet is whole: no kernel takes neighbour discovery in fragments
 * (RFC 6980), and an overlay's forward hook sees to the rest.
 */
export const LINKS_OWN: Rule = [
  { kind: 'is-not', field: 'icmpv6 type', values: JUDGED_6 },
  { kind: 'goto', chain: 'neighbour' },
];

/** @param last of what no rule lets pass */
export function neighbourChains(last: Rule, first: readonly Rule[] = []): readonly Chain[] {
  return [
    { name: 'neighbour', rules: [...first, ...NEIGHBOUR, last] },
    { name: 'own_option', rules: [...OWN_OPTION, last] },
  ];
}

/** Right behind the IPv6 header, in one piece: then the length tells what options there can be. */
export function discovery(...types: readonly string[]): readonly Statement[] {
  return [
    { kind: 'is', field: 'ip6 nexthdr', values: [ICMP_6] },
    { kind: 'is', field: 'icmpv6 type', values: types },
  ];
}

/** No routers, no redirects, no groups: solicitations and advertisements, of the sender's own addresses only. */
const NEIGHBOUR: readonly Rule[] = [
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
