import type { Mode } from '../../compose-ext/policy-model.ts';
import type { Chain, Field, Rule, SetDeclaration, Statement } from '../nftables/program.ts';
import { tell } from '../flows/log-groups.ts';
import { FLOW_SETS, record } from './flow-sets.ts';
import { errorsGo, NEIGHBOUR_DISCOVERY, refuseOtherQueries, sentByAnEndGo } from './icmp.ts';
import { FROM_LOAD_BALANCER, LOAD_BALANCER, WOULD_DENY } from './marks.ts';

const PAIR = ['meta mark', 'ct mark'] as const satisfies Field[];
const PORT = ['meta l4proto', 'th dport'] as const satisfies Field[];
/** The same of the connection that a packet answers on. */
const ANSWERED_PORT = ['meta l4proto', 'th sport'] as const satisfies Field[];
/** TCP, UDP and SCTP: of others an answer does not tell what was asked. */
const PORTED = ['6', '17', '132'];

export const FORWARD_SETS: readonly SetDeclaration[] = [
  { name: 'ids', key: ['ip saddr'], data: 'meta mark', owners: true },
  { name: 'ids6', key: ['ip6 saddr'], data: 'meta mark', owners: true },
  // Each known address with itself: nft compares no two fields.
  { name: 'ends', key: ['ip saddr', 'ip daddr'] },
  { name: 'ends6', key: ['ip6 saddr', 'ip6 daddr'] },
  { name: 'allow', key: [...PAIR, ...PORT], data: 'ct mark' },
  { name: 'allow_range', key: [...PAIR, ...PORT], data: 'ct mark', interval: true },
  { name: 'allow_protocol', key: [...PAIR, 'meta l4proto'], data: 'ct mark' },
  { name: 'allow_all', key: PAIR, data: 'ct mark' },
  { name: 'any', key: ['ct mark', ...PORT], data: 'ct mark' },
  { name: 'any_range', key: ['ct mark', ...PORT], data: 'ct mark', interval: true },
  { name: 'any_protocol', key: ['ct mark', 'meta l4proto'], data: 'ct mark' },
  // A destination that takes everything: not isolated, in audit, or allowed from anyone on every port.
  { name: 'open', key: ['ct mark'], data: 'ct mark' },
  // Sources that are not egress-isolated and enforced, load balancers among them.
  { name: 'free', key: ['meta mark'] },
  { name: 'audited', key: ['meta mark'] },
  { name: 'live', key: ['ct mark'] },
  { name: 'generic', key: ['ct mark'] },
  ...FLOW_SETS,
];

/**
 * stray: replies and packets of no known connection, dropped; who sent them first is in no one's denied list. renewed: packets
 * of a connection from before the present rules, let through as answers.
 */
export const FORWARD_COUNTERS = [
  ...(['accepted', 'denied', 'would_denied', 'stray', 'renewed'] as const),
  // Of those of the first three, what was handed to the log.
  ...(['accepted_told', 'denied_told', 'would_denied_told'] as const),
] as const;

/** Judges IPv4 and IPv6 that cross the bridge. What is neither has no address to look up and ends at `deny`. */
export function forwardChains(mode: Mode): readonly Chain[] {
  return [
    { name: 'forward', hook: { name: 'forward', priority: 0 }, rules: forward(mode) },
    { name: 'generic', rules: [...GENERIC, ...unsettled(mode)] },
    { name: 'related', rules: [...sentByAnEndGo(goto('error')), ...stray(mode)] },
    { name: 'error', rules: [...errorsGo(goto('of_a_connection')), ...stray(mode)] },
    { name: 'of_a_connection', rules: [LIVE, ...GENERIC, ...stray(mode)] },
    { name: 'judge', rules: judge(INITIAL, [[goto('deny')]]) },
    { name: 'lookup', rules: [...refuseOtherQueries(goto('deny')), ...lookup(INITIAL), [goto('deny')]] },
    { name: 'any_source', rules: [...anySource(INITIAL), [goto('deny')]] },
    { name: 'any_allowed', rules: anyAllowed(INITIAL) },
    { name: 'allowed', rules: ALLOWED },
    { name: 'answer', rules: judge(ANSWER, stray(mode)) },
    { name: 'answer_lookup', rules: [...lookup(ANSWER), ...stray(mode)] },
    { name: 'answer_any_source', rules: [...anySource(ANSWER), ...stray(mode)] },
    { name: 'answer_any_allowed', rules: anyAllowed(ANSWER) },
    { name: 'answer_allowed', rules: ANSWER_ALLOWED },
    { name: 'answer_would', rules: ANSWER_WOULD },
    { name: 'would', rules: pass('would_deny', 'would_denied') },
    { name: 'deny', rules: mode === 'audit' ? pass('would_deny', 'would_denied') : DENY },
  ];
}

const ACCEPT: Rule = [
  // The mark would choose the route of the VXLAN packet.
  { kind: 'put', to: 'meta mark', value: 0 },
  { kind: 'accept' },
];

/** Whatever its state: UDP stays new until the first reply. */
const LIVE: Rule = [{ kind: 'in', fields: ['ct mark'], set: 'live' }, { kind: 'accept' }];

/**
 * The connection's first source, whichever way this packet goes: an endpoint that is isolated or removed loses what it had
 * in both directions at once.
 */
const GENERIC: readonly Rule[] = (
  [
    ['ct original ip saddr', 'ids'],
    ['ct original ip6 saddr', 'ids6'],
  ] as const
).map(([source, map]) => [
  { kind: 'in', fields: ['ct mark'], set: 'generic' },
  { kind: 'map', to: 'meta mark', fields: [source], map },
  { kind: 'in', fields: ['meta mark'], set: 'free' },
  ...ACCEPT,
]);

function forward(mode: Mode): readonly Rule[] {
  return [
    // Never judged: a verdict on it would become its connection's, and a helper's expectation has its master's mark.
    [{ kind: 'is', field: 'ct state', values: ['related'] }, goto('related')],
    LIVE,
    [{ kind: 'in', fields: ['ct mark'], set: 'generic' }, goto('generic')],
    ...unsettled(mode),
  ];
}

function unsettled(mode: Mode): readonly Rule[] {
  return [
    [{ kind: 'is', field: 'ct direction', values: ['original'] }, goto('judge')],
    NEIGHBOUR_DISCOVERY,
    // What has no connection has a direction all the same.
    [
      { kind: 'is', field: 'ct direction', values: ['reply'] },
      { kind: 'is', field: 'meta l4proto', values: PORTED },
      goto('answer'),
    ],
    ...stray(mode),
  ];
}

function stray(mode: Mode): readonly Rule[] {
  return [[{ kind: 'count', counter: 'stray' }, mode === 'audit' ? { kind: 'accept' } : { kind: 'drop' }]];
}

/** A packet by which a connection is judged, and the chains of that. */
interface Judged {
  /** The connection's source, then its destination. */
  readonly ends: (family: 'ip' | 'ip6') => readonly [Field, Field];
  readonly port: typeof PORT | typeof ANSWERED_PORT;
  readonly chain: (name: 'lookup' | 'any_source' | 'any_allowed' | 'allowed' | 'would') => Statement;
}

const INITIAL: Judged = {
  ends: (family) => [`${family} saddr`, `${family} daddr`],
  port: PORT,
  chain: goto,
};

/**
 * The server's next word on a connection whose verdict no longer holds, or that is older than the rules: it is asked what
 * its client's next packet would be asked. Else a client that only listens would wait for ever.
 */
const ANSWER: Judged = {
  ends: (family) => [`${family} daddr`, `${family} saddr`],
  port: ANSWERED_PORT,
  chain: (name) => goto(`answer_${name}`),
};

function judge({ ends, port, chain }: Judged, missed: readonly Rule[]): readonly Rule[] {
  return [
    // The common case in one rule: it goes on only if each of its three look-ups hits, so no stale mark is read.
    ...(['ip', 'ip6'] as const).flatMap((family): Rule[] => {
      const identities = identitiesOf(family, ends(family));
      return [
        [...identities, verdict('allow', [...PAIR, ...port]), chain('allowed')],
        [...identities, chain('lookup')],
      ];
    }),
    ...missed,
  ];
}

/** The most specific first: the calculator's would-deny of a wide range leaves out no narrower real allow. */
function lookup({ port, chain }: Judged): readonly Rule[] {
  return [
    [verdict('allow_range', [...PAIR, ...port]), chain('allowed')],
    [verdict('allow_protocol', [...PAIR, 'meta l4proto']), chain('allowed')],
    [verdict('allow_all', PAIR), chain('allowed')],
    // Leg 2 of a VIP: leg 1 was judged on the client's node, and this one hides the client.
    [
      { kind: 'is', field: 'meta mark', values: [String(LOAD_BALANCER)] },
      { kind: 'has-bits', field: 'ct mark', bits: LOAD_BALANCER, set: false },
      { kind: 'put', to: 'ct mark', value: FROM_LOAD_BALANCER },
      chain('allowed'),
    ],
    [{ kind: 'in', fields: ['meta mark'], set: 'free' }, chain('any_source')],
  ];
}

function anySource({ port, chain }: Judged): readonly Rule[] {
  return [
    [verdict('any', ['ct mark', ...port]), chain('any_allowed')],
    [verdict('any_range', ['ct mark', ...port]), chain('any_allowed')],
    [verdict('any_protocol', ['ct mark', 'meta l4proto']), chain('any_allowed')],
    [verdict('open', ['ct mark']), chain('any_allowed')],
  ];
}

function anyAllowed({ chain }: Judged): readonly Rule[] {
  return [[{ kind: 'in', fields: ['meta mark'], set: 'audited' }, chain('would')], [chain('allowed')]];
}

/** Not told: the packet names the ends the other way round, and the flow is not new. */
const ANSWER_ALLOWED: readonly Rule[] = [
  [{ kind: 'has-bits', field: 'ct mark', bits: WOULD_DENY, set: true }, goto('answer_would')],
  [{ kind: 'count', counter: 'renewed' }, ...ACCEPT],
];

/** Stays without a verdict, so that the client's next packet is told as what would be denied. */
const ANSWER_WOULD: readonly Rule[] = [
  [{ kind: 'put', to: 'ct mark', value: 0 }, { kind: 'count', counter: 'renewed' }, ...ACCEPT],
];

const ALLOWED: readonly Rule[] = [
  [{ kind: 'has-bits', field: 'ct mark', bits: WOULD_DENY, set: true }, goto('would')],
  tell('allowed', 'accepted_told'),
  [{ kind: 'count', counter: 'accepted' }, ...ACCEPT],
];

const DENY: readonly Rule[] = [
  ...record('denied'),
  tell('denied', 'denied_told'),
  [{ kind: 'count', counter: 'denied' }, { kind: 'drop' }],
];

function pass(set: 'would_deny', counter: 'would_denied'): readonly Rule[] {
  return [...record(set), tell('would-deny', `${counter}_told`), [{ kind: 'count', counter }, ...ACCEPT]];
}

function identitiesOf(
  family: 'ip' | 'ip6',
  [source, destination]: readonly [Field, Field],
): readonly Statement[] {
  const map = family === 'ip' ? 'ids' : 'ids6';
  return [
    { kind: 'map', to: 'meta mark', fields: [source], map },
    { kind: 'map', to: 'ct mark', fields: [destination], map },
  ];
}

function verdict(map: string, fields: readonly Field[]): Statement {
  return { kind: 'map', to: 'ct mark', fields, map };
}

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}
