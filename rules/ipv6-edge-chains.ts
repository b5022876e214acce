import { GATEWAY_BRIDGE } from './docker-user/names.ts';
import { BEGINS, tell } from './flows/log-groups.ts';
import type { Chain, Field, Rule, SetDeclaration, Statement } from './nftables/program.ts';

const KEYS = {
  closed_out: ['ip6 saddr'],
  closed_in: ['ip6 daddr'],
  closed_pairs: ['ip6 saddr', 'ip6 daddr'],
  /** Of `closed_in`, where Docker's translation leads everybody in the world. */
  open_in: ['ip6 daddr', 'meta l4proto', 'th dport'],
  closed_published: ['meta l4proto', 'th dport'],
  /** Of the others, what not every task may reach, and the tasks that may. */
  closed_near: ['meta l4proto', 'th dport'],
  relayed: ['ip6 saddr', 'meta l4proto', 'th dport'],
  /** What passes only because its service is in audit. */
  audited_published: ['meta l4proto', 'th dport'],
} as const satisfies Readonly<Record<string, readonly Field[]>>;
export type Ipv6EdgeSet = keyof typeof KEYS;

export const SETS: readonly SetDeclaration[] = Object.entries(KEYS).map(([name, key]) => ({ name, key }));
export const COUNTERS = ['denied', 'denied_told', 'would_denied', 'would_denied_told'];

const ICMP6 = '58';
const ECHO = '128';
/** IPS_DST_NAT */
const TRANSLATED = 32;

/** What a reply answers was let through in the other direction. */
const OPENING: Statement = { kind: 'is', field: 'ct direction', values: ['original'] };
const BY_IPV6: Statement = { kind: 'is', field: 'meta nfproto', values: ['ipv6'] };
/** docker-proxy takes IPv6 for tasks that have none, and hides the client. */
const TO_PROXY: Rule = [OPENING, BY_IPV6, { kind: 'is-not', field: 'meta iifname', values: ['"lo"'] }];
/** Docker's translation leaves them to it, whatever they have. */
const TASK_TO_PROXY: Rule = [OPENING, BY_IPV6, fromTasks('is')];

export const CHAINS: readonly Chain[] = [
  {
    name: 'forward',
    hook: { name: 'forward', priority: -10, policy: 'accept' },
    rules: [
      [OPENING, within('closed_out'), goto('deny')],
      [OPENING, within('closed_pairs'), goto('deny')],
      [OPENING, fromTasks('is-not'), within('open_in'), { kind: 'accept' }],
      [OPENING, within('closed_in'), goto('deny')],
    ],
  },
  {
    name: 'input',
    hook: { name: 'input', priority: -10, policy: 'accept' },
    rules: [
      // To the node itself, but for what finds neighbours; what the node's own translation sends here is expected.
      [
        ...[OPENING, { kind: 'is-not', field: 'meta l4proto', values: [ICMP6] } as const],
        { kind: 'has-bits', field: 'ct status', bits: TRANSLATED, set: false },
        ...[within('closed_out'), goto('deny')],
      ],
      [
        ...[OPENING, { kind: 'is', field: 'icmpv6 type', values: [ECHO] } as const],
        ...[within('closed_out'), goto('deny')],
      ],
      [...TO_PROXY, within('closed_published'), goto('deny')],
      [...TASK_TO_PROXY, within('relayed'), { kind: 'accept' }],
      [...TASK_TO_PROXY, within('closed_near'), goto('deny')],
      [...TO_PROXY, BEGINS, within('audited_published'), goto('would_deny')],
    ],
  },
  {
    name: 'deny',
    rules: [tell('denied', 'denied_told', 'edge'), [{ kind: 'count', counter: 'denied' }, { kind: 'drop' }]],
  },
  {
    name: 'would_deny',
    rules: [
      tell('would-deny', 'would_denied_told', 'edge'),
      [{ kind: 'count', counter: 'would_denied' }, { kind: 'accept' }],
    ],
  },
];

function fromTasks(kind: 'is' | 'is-not'): Statement {
  return { kind, field: 'meta iifname', values: [`"${GATEWAY_BRIDGE}"`] };
}

function within(set: Ipv6EdgeSet): Statement {
  return { kind: 'in', fields: KEYS[set], set };
}

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}
