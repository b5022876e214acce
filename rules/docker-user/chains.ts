import { createHash } from 'node:crypto';
import type { Protocol } from '../../compose-ext/policy-model.ts';
import { ruleComment } from '../nftables/render.ts';
import type { FilterChain } from '../step.ts';
import { CHAIN, CHAIN_IN, CHAIN_OUT, SETS, spanSets, TIER_SETS } from './names.ts';

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
  readonly target: string;
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
): {
  readonly version: string;
  readonly chains: readonly FilterChain[];
} {
  const chains: readonly { readonly name: string; readonly rules: readonly Rule[] }[] = [
    {
      name: CHAIN,
      rules: [
        { match: '-m conntrack --ctdir REPLY', target: 'RETURN' },
        { match: '-p icmp -m conntrack --ctstate RELATED', target: 'RETURN' },
        ...bridges.map((name) => ({ match: `-i ${name} -o ${name}`, target: 'RETURN' })),
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
        { match: inSet(SETS.tasksOutAudit, 'src'), target: 'RETURN', verdict: 'out-would-deny' },
        { match: '', target: 'DROP', verdict: 'out-denied' },
      ],
    },
  ];
  const version = createHash('sha256').update(JSON.stringify(chains)).digest('hex').slice(0, 12);
  const count = chains.reduce((sum, { rules }) => sum + rules.length, 0);
  let index = 0;
  return {
    version,
    chains: chains.map(({ name, rules }) => ({
      name,
      rules: rules.map(({ match, target, verdict }) => {
        const comment = [ruleComment(version, index++, count), verdict ?? []].flat().join(' ');
        return [match, `-m comment --comment "${comment}"`, `-j ${target}`]
          .filter((part) => part !== '')
          .join(' ');
      }),
    })),
  };
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

function inSet(set: string, directions: string): string {
  return `-m set --match-set ${set} ${directions}`;
}
