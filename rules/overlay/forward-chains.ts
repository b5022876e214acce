import type { Mode } from '../../compose-ext/policy-model.ts';
import type { Chain, Field, Rule, SetDeclaration, Statement } from '../nftables/program.ts';
import { FROM_LOAD_BALANCER, LOAD_BALANCER, WOULD_DENY } from './marks.ts';

const PAIR = ['meta mark', 'ct mark'] as const satisfies Field[];
const PORT = ['meta l4proto', 'th dport'] as const satisfies Field[];
const FLOW = ['ip saddr', 'ip daddr', 'meta l4proto', 'th dport'] as const satisfies Field[];
const PORTLESS_FLOW = ['ip saddr', 'ip daddr', 'meta l4proto'] as const satisfies Field[];
/** Denied packets are the attacker's to choose, so what they may cost is bounded. */
const FLOWS = { size: 4096, timeoutSeconds: 3600 };

export const FORWARD_SETS: readonly SetDeclaration[] = [
  { name: 'ids', key: ['ip saddr'], data: 'meta mark', owners: true },
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
  { name: 'denied', key: FLOW, dynamic: FLOWS },
  { name: 'denied_portless', key: PORTLESS_FLOW, dynamic: FLOWS },
  { name: 'would_deny', key: FLOW, dynamic: FLOWS },
  { name: 'would_deny_portless', key: PORTLESS_FLOW, dynamic: FLOWS },
];

/** stray: replies and packets of no known connection, dropped; who sent them first is in no one's denied list. */
export const FORWARD_COUNTERS = ['accepted', 'denied', 'would_denied', 'stray'] as const;

/** Judges IPv4 that crosses the bridge. What is not IPv4 has no address to look up and ends at `deny`. */
export function forwardChains(mode: Mode): readonly Chain[] {
  return [
    { name: 'forward', hook: { name: 'forward', priority: 0 }, rules: forward(mode) },
    { name: 'judge', rules: JUDGE },
    { name: 'lookup', rules: LOOKUP },
    { name: 'any_source', rules: ANY_SOURCE },
    { name: 'any_allowed', rules: ANY_ALLOWED },
    { name: 'allowed', rules: ALLOWED },
    { name: 'would', rules: pass('would_deny', 'would_denied') },
    { name: 'deny', rules: mode === 'audit' ? pass('would_deny', 'would_denied') : DENY },
  ];
}

const ACCEPT: Rule = [
  // The mark would choose the route of the VXLAN packet.
  { kind: 'put', to: 'meta mark', value: 0 },
  { kind: 'accept' },
];

function forward(mode: Mode): readonly Rule[] {
  return [
    // Whatever its state: UDP stays new until the first reply.
    [{ kind: 'in', fields: ['ct mark'], set: 'live' }, { kind: 'accept' }],
    // The connection's first source, whichever way this packet goes: an endpoint that is isolated or removed
    // loses what it had in both directions at once.
    [
      { kind: 'in', fields: ['ct mark'], set: 'generic' },
      { kind: 'map', to: 'meta mark', fields: ['ct original ip saddr'], map: 'ids' },
      { kind: 'in', fields: ['meta mark'], set: 'free' },
      ...ACCEPT,
    ],
    [{ kind: 'is', field: 'ct direction', values: ['original'] }, goto('judge')],
    [{ kind: 'count', counter: 'stray' }, mode === 'audit' ? { kind: 'accept' } : { kind: 'drop' }],
  ];
}

const JUDGE: readonly Rule[] = [
  // The common case in one rule: it goes on only if each of its three look-ups hits, so no stale mark is read.
  [...identities(), verdict('allow', [...PAIR, ...PORT]), goto('allowed')],
  [...identities(), goto('lookup')],
  [goto('deny')],
];

/** The most specific first: the calculator's would-deny of a wide range leaves out no narrower real allow. */
const LOOKUP: readonly Rule[] = [
  [verdict('allow_range', [...PAIR, ...PORT]), goto('allowed')],
  [verdict('allow_protocol', [...PAIR, 'meta l4proto']), goto('allowed')],
  [verdict('allow_all', PAIR), goto('allowed')],
  // Leg 2 of a VIP: leg 1 was judged on the client's node, and this one hides the client.
  [
    { kind: 'is', field: 'meta mark', values: [String(LOAD_BALANCER)] },
    { kind: 'has-bits', field: 'ct mark', bits: LOAD_BALANCER, set: false },
    { kind: 'put', to: 'ct mark', value: FROM_LOAD_BALANCER },
    goto('allowed'),
  ],
  [{ kind: 'in', fields: ['meta mark'], set: 'free' }, goto('any_source')],
  [goto('deny')],
];

const ANY_SOURCE: readonly Rule[] = [
  [verdict('any', ['ct mark', ...PORT]), goto('any_allowed')],
  [verdict('any_range', ['ct mark', ...PORT]), goto('any_allowed')],
  [verdict('any_protocol', ['ct mark', 'meta l4proto']), goto('any_allowed')],
  [verdict('open', ['ct mark']), goto('any_allowed')],
  [goto('deny')],
];

const ANY_ALLOWED: readonly Rule[] = [
  [{ kind: 'in', fields: ['meta mark'], set: 'audited' }, goto('would')],
  [goto('allowed')],
];

const ALLOWED: readonly Rule[] = [
  [{ kind: 'has-bits', field: 'ct mark', bits: WOULD_DENY, set: true }, goto('would')],
  [{ kind: 'count', counter: 'accepted' }, ...ACCEPT],
];

const DENY: readonly Rule[] = [...record('denied'), [{ kind: 'count', counter: 'denied' }, { kind: 'drop' }]];

function pass(set: string, counter: string): readonly Rule[] {
  return [...record(set), [{ kind: 'count', counter }, ...ACCEPT]];
}

/** Only these three have ports; of others the same bytes may be anything, and would fill the set. */
function record(set: string): readonly Rule[] {
  const ported = ['6', '17', '132'];
  return [
    [
      { kind: 'is', field: 'meta l4proto', values: ported },
      { kind: 'record', fields: FLOW, set },
    ],
    [
      { kind: 'is-not', field: 'meta l4proto', values: ported },
      { kind: 'record', fields: PORTLESS_FLOW, set: `${set}_portless` },
    ],
  ];
}

function identities(): readonly Statement[] {
  return [
    { kind: 'map', to: 'meta mark', fields: ['ip saddr'], map: 'ids' },
    { kind: 'map', to: 'ct mark', fields: ['ip daddr'], map: 'ids' },
  ];
}

function verdict(map: string, fields: readonly Field[]): Statement {
  return { kind: 'map', to: 'ct mark', fields, map };
}

function goto(chain: string): Statement {
  return { kind: 'goto', chain };
}
