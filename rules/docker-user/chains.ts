import { createHash } from 'node:crypto';
import type { Protocol } from '../../compose-ext/policy-model.ts';
import { DNS_MARK } from '../dns-egress/names.ts';
import { ruleComment } from '../nftables/render.ts';
import type { FilterChain } from '../step.ts';
import {
  CHAIN,
  CHAIN_HOST,
  CHAIN_IN,
  CHAIN_NEAR,
  CHAIN_OUT,
  SETS,
  spanSets,
  STRANGER_SETS,
  TIER_SETS,
} from './names.ts';

/** A range of ports, or a whole protocol, that some tasks may reach in some blocks. */
export interface EgressSpan {
  /** Of all of it: see `spanSets`. */
  readonly id: string;
  /** On docker_gwbridge itself, in place of blocks. */
  readonly gateway?: true;
  readonly wouldDeny?: true;
  readonly protocol: Protocol | 'icmp' | 'any';
  readonly first: number;
  readonly last: number;
}

/** A verdict's counters are those of the rule with its name in the comment. */
export type VerdictName = 'in-denied' | 'in-would-deny' | 'out-denied' | 'out-would-deny';

interface Rule {
  readonly match: string;
  readonly target?: string;
  /** Does not come back to this chain, in place of a target. */
  readonly goto?: string;
  readonly verdict?: VerdictName;
}

/**
 * RETURN is "no objection": what follows in DOCKER-USER and FORWARD still judges. Replies return; what goes in the
 * original direction is looked up each time, so that a revoked allow bites at once.
 */
export function filterChains(
  spans: readonly EgressSpan[],
  sets: ReadonlySet<string>,
  bridges: readonly string[] = [],
  byName = false,
): {
  readonly version: string;
  readonly chains: readonly FilterChain[];
} {
  const chains: readonly { readonly name: string; readonly rules: readonly Rule[] }[] = [
    {
      name: CHAIN,
      rules: [
        ...ANSWERS,
        ...bridges.map((name) => ({ match: `-i ${name} -o ${name}`, target: 'RETURN' })),
        // Both ends are services that are known here: the pair decides, and nothing else.
        { match: `${inSet(SETS.nearTasks, 'src')} ${inSet(SETS.nearKnown, 'dst')}`, goto: CHAIN_NEAR },
        // A jump, not a goto: what may come in must still be allowed out, and the other way round.
        { match: inSet(SETS.tasksIn, 'dst'), target: CHAIN_IN },
        { match: inSet(SETS.mesh, 'dst,dst'), target: CHAIN_IN },
        { match: inSet(SETS.tasksOut, 'src'), target: CHAIN_OUT },
      ],
    },
    {
      name: CHAIN_IN,
      rules: [
        {
          match: `-m set ! --match-set ${SETS.gateway} src ${inSet(SETS.in, 'dst,dst,src')}`,
          target: 'RETURN',
        },
        ...tierIngress(sets),
        { match: inSet(SETS.tasksInAudit, 'dst'), target: 'RETURN', verdict: 'in-would-deny' },
        { match: inSet(SETS.meshAudit, 'dst,dst'), target: 'RETURN', verdict: 'in-would-deny' },
        { match: '', target: 'DROP', verdict: 'in-denied' },
      ],
    },
    {
      name: CHAIN_OUT,
      rules: [
        ...spans.filter(({ gateway }) => gateway).map(spanRule),
        // No service is outside: what goes to another's docker_gwbridge address or to the mesh is not for the world.
        {
          match: `${inSet(SETS.gateway, 'dst')} ${inSet(SETS.tasksOutAudit, 'src')}`,
          target: 'RETURN',
          verdict: 'out-would-deny',
        },
        { match: inSet(SETS.gateway, 'dst'), target: 'DROP', verdict: 'out-denied' },
        { match: inSet(SETS.out, 'src,dst,dst'), target: 'RETURN' },
        ...spans.filter(({ gateway }) => !gateway).map(spanRule),
        ...(byName ? [NAMED] : []),
        { match: inSet(SETS.tasksOutAudit, 'src'), target: 'RETURN', verdict: 'out-would-deny' },
        { match: '', target: 'DROP', verdict: 'out-denied' },
      ],
    },
    { name: CHAIN_NEAR, rules: NEAR },
    { name: CHAIN_HOST, rules: [...HOST, ...strangers(sets), REST] },
  ];
  const version = createHash('sha256').update(JSON.stringify(chains)).digest('hex').slice(0, 12);
  const count = chains.reduce((sum, { rules }) => sum + rules.length, 0);
  let index = 0;
  return {
    version,
    chains: chains.map(({ name, rules }) => ({
      name,
      rules: rules.map(({ match, target, goto, verdict }) => {
        const comment = [ruleComment(version, index++, count), verdict ?? []].flat().join(' ');
        const end = goto === undefined ? `-j ${target ?? 'RETURN'}` : `-g ${goto}`;
        return [match, `-m comment --comment "${comment}"`, end].filter((part) => part !== '').join(' ');
      }),
    })),
  };
}

const ANSWERS: readonly Rule[] = [
  { match: '-m conntrack --ctdir REPLY', target: 'RETURN' },
  { match: '-p icmp -m conntrack --ctstate RELATED', target: 'RETURN' },
];

/** What rules/dns-egress has marked on its way here: an address that the task's service may reach by a DNS name. */
const NAMED: Rule = { match: `-m mark --mark ${hex(DNS_MARK)}/${hex(DNS_MARK)}`, target: 'RETURN' };

/** What neither end guards, and no port of which is published, is left to Docker's own isolation. */
const NEAR: readonly Rule[] = [
  { match: inSet(SETS.near, 'dst,dst,src'), target: 'RETURN' },
  { match: inSet(SETS.nearWould, 'dst,dst,src'), target: 'RETURN', verdict: 'in-would-deny' },
  { match: inSet(SETS.nearIn, 'dst'), target: 'DROP', verdict: 'in-denied' },
  { match: inSet(SETS.nearMesh, 'dst,dst'), target: 'DROP', verdict: 'in-denied' },
  { match: inSet(SETS.nearOut, 'src'), target: 'DROP', verdict: 'out-denied' },
  { match: inSet(SETS.nearInAudit, 'dst'), target: 'RETURN', verdict: 'in-would-deny' },
  { match: inSet(SETS.nearMeshAudit, 'dst,dst'), target: 'RETURN', verdict: 'in-would-deny' },
  { match: inSet(SETS.nearOutAudit, 'src'), target: 'RETURN', verdict: 'out-would-deny' },
  { match: '', target: 'RETURN' },
];

/** To the node itself: the pair decides at docker-proxy's ports, and what may go out at all others. */
const HOST: readonly Rule[] = [
  ...ANSWERS,
  // docker_gwbridge routes the node's own loopback, and nobody's honest packets go there.
  { match: '-d 127.0.0.0/8', target: 'DROP', verdict: 'out-denied' },
  { match: inSet(SETS.relay, 'src,dst'), target: 'RETURN' },
  { match: inSet(SETS.relayWould, 'src,dst'), target: 'RETURN', verdict: 'in-would-deny' },
  { match: inSet(SETS.relayDenied, 'src,dst'), target: 'DROP', verdict: 'in-denied' },
];
const REST: Rule = { match: inSet(SETS.tasksOut, 'src'), target: CHAIN_OUT };

function strangers(sets: ReadonlySet<string>): readonly Rule[] {
  const { relayWould, relayDenied } = STRANGER_SETS;
  const rules: readonly (readonly [set: string, rule: Rule])[] = [
    [relayWould, { match: inSet(relayWould, 'src,dst'), target: 'RETURN', verdict: 'in-would-deny' }],
    [relayDenied, { match: inSet(relayDenied, 'src,dst'), target: 'DROP', verdict: 'in-denied' }],
  ];
  return rules.flatMap(([set, rule]) => (sets.has(set) ? [rule] : []));
}

/** What is allowed before what is only let through. */
function tierIngress(sets: ReadonlySet<string>): readonly Rule[] {
  const near = inSet(SETS.gateway, 'src');
  const rules: readonly (readonly [set: string, rule: Rule])[] = [
    [
      TIER_SETS.inFromGateway,
      { match: `${near} ${inSet(TIER_SETS.inFromGateway, 'dst,dst')}`, target: 'RETURN' },
    ],
    [
      TIER_SETS.inWould,
      {
        match: `-m set ! --match-set ${SETS.gateway} src ${inSet(TIER_SETS.inWould, 'dst,dst,src')}`,
        target: 'RETURN',
        verdict: 'in-would-deny',
      },
    ],
    [
      TIER_SETS.inFromGatewayWould,
      {
        match: `${near} ${inSet(TIER_SETS.inFromGatewayWould, 'dst,dst')}`,
        target: 'RETURN',
        verdict: 'in-would-deny',
      },
    ],
  ];
  return rules.flatMap(([set, rule]) => (sets.has(set) ? [rule] : []));
}

function spanRule({ id, gateway, wouldDeny, ...ports }: EgressSpan): Rule {
  const { from, to } = spanSets(id);
  const blocks = gateway ? SETS.gateway : to;
  return {
    match: [...portMatch(ports), inSet(from, 'src'), inSet(blocks, 'dst')].join(' '),
    target: 'RETURN',
    ...(wouldDeny && { verdict: 'out-would-deny' }),
  };
}

function portMatch({ protocol, first, last }: Omit<EgressSpan, 'id'>): readonly string[] {
  if (protocol === 'any') return [];
  return protocol === 'icmp' ? ['-p icmp'] : [`-p ${protocol} -m ${protocol} --dport ${first}:${last}`];
}

/** As iptables-save lists it. */
function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

function inSet(set: string, directions: string): string {
  return `-m set --match-set ${set} ${directions}`;
}
