import { BEGINS, tell } from '../flows/log-groups.ts';
import type { Chain, Field, Rule, SetDeclaration, Statement } from '../nftables/program.ts';

/**
 * On a packet between the bridge's first hook and the first of the inet hooks: it came in by a known port, as that port's
 * own. With the mark still on it at the bridge's forward hook, netfilter has not seen it.
 */
const KNOWN = 0x10000000;

const PORT_AND_PROTOCOL = ['meta l4proto', 'th dport'] as const satisfies Field[];
const PROXY_FLOW = ['ip saddr', 'meta l4proto', 'th dport'] as const satisfies Field[];

/** Beside those of the identity program, which the inet table has too. */
export const SCOPE_SETS: readonly SetDeclaration[] = [
  { name: 'entered', key: ['meta iifname'] },
  /** Twice the same bridge: from one of its ports to another. */
  { name: 'crossed', key: ['meta iifname', 'meta oifname'] },
  /** All of Docker's bridges. */
  { name: 'inside', key: ['meta iifname'] },
  /** What docker-proxy listens on for this node's containers. */
  { name: 'published', key: PORT_AND_PROTOCOL },
  { name: 'through_proxy', key: PROXY_FLOW },
  /** Of `published`, what anyone on a bridge that is not guarded may reach. */
  { name: 'open_published', key: PORT_AND_PROTOCOL },
  /** Of `published`, what not everybody in the world may reach. */
  { name: 'closed_ipv6', key: PORT_AND_PROTOCOL },
  /** What they may for as long as the service is in audit. */
  { name: 'audited_ipv6', key: PORT_AND_PROTOCOL },
];
export const SCOPE_COUNTERS = ['unknown_port', 'proxy_denied', 'ipv6_denied'] as const;

export const GUARD_SETS: readonly SetDeclaration[] = [
  { name: 'ports', key: ['meta iifname', 'ether saddr', 'ip saddr'] },
  /** Every port of a guarded bridge. */
  { name: 'members', key: ['meta iifname'] },
];
export const GUARD_COUNTERS = ['refused', 'unseen'] as const;

/**
 * The chains of the identity program, entered only by what goes from one port of a guarded bridge to another of the same.
 * Each hook leaves everything else alone. Priorities: the first before conntrack and defragmentation, the others before
 * Docker's own chains.
 */
export function scopedChains(identity: readonly Chain[]): readonly Chain[] {
  return [
    {
      name: 'enter',
      hook: { name: 'prerouting', priority: -450, policy: 'accept' },
      rules: [[within(['meta iifname'], 'entered'), goto('entering')]],
    },
    {
      name: 'entering',
      rules: [
        [
          { kind: 'is', field: 'meta mark', values: [String(KNOWN)] },
          // It would choose the route.
          { kind: 'put', to: 'meta mark', value: 0 },
          { kind: 'accept' },
        ],
        drop('unknown_port'),
      ],
    },
    {
      name: 'cross',
      hook: { name: 'forward', priority: -10, policy: 'accept' },
      rules: [[within(['meta iifname', 'meta oifname'], 'crossed'), goto('forward')]],
    },
    ...identity.map(({ name, rules }) => ({ name, rules })),
    {
      name: 'arrive',
      hook: { name: 'input', priority: -10, policy: 'accept' },
      rules: [
        // From any of Docker's bridges a published port leads to docker-proxy, which connects in the node's name.
        [
          ...opening(),
          within(['meta iifname'], 'inside'),
          within(PORT_AND_PROTOCOL, 'published'),
          goto('to_proxy'),
        ],
        // docker-proxy takes IPv6 for containers that have none, and hides the client.
        [...byIpv6(), within(PORT_AND_PROTOCOL, 'closed_ipv6'), goto('ipv6_denied')],
        [...byIpv6(), BEGINS, within(PORT_AND_PROTOCOL, 'audited_ipv6'), goto('ipv6_would_deny')],
      ],
    },
    {
      name: 'to_proxy',
      rules: [
        [within(['meta iifname'], 'entered'), goto('guarded_to_proxy')],
        // Of docker_gwbridge's tasks DOCKER-USER tells.
        [within(PORT_AND_PROTOCOL, 'open_published'), { kind: 'accept' }],
        [goto('proxy_denied')],
      ],
    },
    {
      name: 'guarded_to_proxy',
      rules: [[within(PROXY_FLOW, 'through_proxy'), goto('proxied')], [goto('proxy_denied')]],
    },
    {
      name: 'proxied',
      rules: [
        [BEGINS, ...tell('allowed', 'accepted_told')],
        [BEGINS, { kind: 'count', counter: 'accepted' }],
        [{ kind: 'accept' }],
      ],
    },
    { name: 'proxy_denied', rules: deny('proxy_denied') },
    { name: 'ipv6_denied', rules: deny('ipv6_denied') },
    {
      name: 'ipv6_would_deny',
      rules: [
        tell('would-deny', 'would_denied_told'),
        [{ kind: 'count', counter: 'would_denied' }, { kind: 'accept' }],
      ],
    },
  ];
}

/**
 * A port may send only as itself; what is sent by a port that is not known yet ends at `entering`. Frames to the bridge's own
 * MAC are the containers' way out, and stay.
 */
export const SCOPED_GUARD: readonly Chain[] = [
  {
    name: 'prerouting',
    hook: { name: 'prerouting', priority: -200, policy: 'accept' },
    rules: [
      [
        { kind: 'is', field: 'ether type', values: ['ip'] },
        within(['meta iifname', 'ether saddr', 'ip saddr'], 'ports'),
        { kind: 'put', to: 'meta mark', value: KNOWN },
        { kind: 'accept' },
      ],
      [
        { kind: 'is', field: 'ether type', values: ['arp'] },
        within(['meta iifname', 'ether saddr', 'arp saddr ip'], 'ports'),
        within(['meta iifname', 'arp saddr ether', 'arp saddr ip'], 'ports'),
        { kind: 'accept' },
      ],
      [within(['meta iifname'], 'members'), ...drop('refused')],
    ],
  },
  {
    name: 'forward',
    // After br_netfilter (0): where that is off, nothing has judged the frame.
    hook: { name: 'forward', priority: 10, policy: 'accept' },
    rules: [[{ kind: 'is', field: 'meta mark', values: [String(KNOWN)] }, ...drop('unseen')]],
  },
];

function opening(): readonly Statement[] {
  return [{ kind: 'is', field: 'ct direction', values: ['original'] }];
}

function byIpv6(): readonly Statement[] {
  return [
    ...opening(),
    { kind: 'is', field: 'meta nfproto', values: ['ipv6'] },
    { kind: 'is-not', field: 'meta iifname', values: ['"lo"'] },
  ];
}

function within(fields: readonly Field[], set: string): Statement {
  return { kind: 'in', fields, set };
}

/** As what crosses a bridge, and counted by itself, too. */
function deny(counter: string): readonly Rule[] {
  return [tell('denied', 'denied_told'), [{ kind: 'count', counter: 'denied' }, ...drop(counter)]];
}

function drop(counter: string): Rule {
  return [{ kind: 'count', counter }, { kind: 'drop' }];
}

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}
