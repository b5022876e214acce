import { createHash } from 'node:crypto';
import type { Protocol } from '../../compose-ext/policy-model.ts';
import { DNS_MARK } from '../dns-egress/names.ts';
import { ruleComment } from '../nftables/render.ts';
import type { FilterChain } from '../step.ts';
import { allowed, denied, type EdgeRule, inSet, notInSet, would } from './edge-rule.ts';
import {
  CHAIN,
  CHAIN_HOST,
  CHAIN_IN,
  CHAIN_NEAR,
  CHAIN_OPEN,
  CHAIN_OUT,
  SETS,
  spanSets,
  STRANGER_SETS,
  TIER_SETS,
} from './names.ts';
import { BEGINS, VERDICT_CHAINS } from './verdict-chains.ts';

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

/**
 * RETURN, to which what is allowed comes in the end, is "no objection": what follows in DOCKER-USER and FORWARD still judges.
 * Replies return; what goes in the original direction is looked up each time, so that a revoked allow bites at once.
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
  const chains: readonly { readonly name: string; readonly rules: readonly EdgeRule[] }[] = [
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
        REST,
        { match: BEGINS, goto: CHAIN_OPEN },
      ],
    },
    {
      name: CHAIN_IN,
      rules: [
        allowed(`${notInSet(SETS.gateway, 'src')} ${inSet(SETS.in, 'dst,dst,src')}`),
        ...tierIngress(sets),
        would(inSet(SETS.tasksInAudit, 'dst'), 'in-would-deny'),
        would(inSet(SETS.meshAudit, 'dst,dst'), 'in-would-deny'),
        denied('', 'in-denied'),
      ],
    },
    {
      name: CHAIN_OUT,
      rules: [
        ...spans.filter(({ gateway }) => gateway).map(spanRule),
        // No service is outside: what goes to another's docker_gwbridge address or to the mesh is not for the world.
        would(`${inSet(SETS.gateway, 'dst')} ${inSet(SETS.tasksOutAudit, 'src')}`, 'out-would-deny'),
        denied(inSet(SETS.gateway, 'dst'), 'out-denied'),
        allowed(inSet(SETS.out, 'src,dst,dst')),
        ...spans.filter(({ gateway }) => !gateway).map(spanRule),
        ...(byName ? [NAMED] : []),
        would(inSet(SETS.tasksOutAudit, 'src'), 'out-would-deny'),
        denied('', 'out-denied'),
      ],
    },
    { name: CHAIN_NEAR, rules: NEAR },
    { name: CHAIN_HOST, rules: [...HOST, ...strangers(sets), REST, OPEN_TO_NODE] },
    { name: CHAIN_OPEN, rules: OPEN },
    ...VERDICT_CHAINS,
  ];
  const version = createHash('sha256').update(JSON.stringify(chains)).digest('hex').slice(0, 12);
  const count = chains.reduce((sum, { rules }) => sum + rules.length, 0);
  let index = 0;
  return {
    version,
    chains: chains.map(({ name, rules }) => ({
      name,
      rules: rules.map(({ match, target, goto, counter }) => {
        const comment = [ruleComment(version, index++, count), counter ?? []].flat().join(' ');
        const end = goto === undefined ? `-j ${target ?? 'RETURN'}` : `-g ${goto}`;
        return [match, `-m comment --comment "${comment}"`, end].filter((part) => part !== '').join(' ');
      }),
    })),
  };
}

const ANSWERS: readonly EdgeRule[] = [
  { match: '-m conntrack --ctdir REPLY', target: 'RETURN' },
  { match: '-p icmp -m conntrack --ctstate RELATED', target: 'RETURN' },
];

/** What rules/dns-egress has marked on its way here: an address that the task's service may reach by a DNS name. */
const NAMED = allowed(`-m mark --mark ${hex(DNS_MARK)}/${hex(DNS_MARK)}`);

/** What neither end guards, and no port of which is published, is left to Docker's own isolation. */
const NEAR: readonly EdgeRule[] = [
  allowed(inSet(SETS.near, 'dst,dst,src')),
  would(inSet(SETS.nearWould, 'dst,dst,src'), 'in-would-deny'),
  denied(inSet(SETS.nearIn, 'dst'), 'in-denied'),
  denied(inSet(SETS.nearMesh, 'dst,dst'), 'in-denied'),
  denied(inSet(SETS.nearOut, 'src'), 'out-denied'),
  would(inSet(SETS.nearInAudit, 'dst'), 'in-would-deny'),
  would(inSet(SETS.nearMeshAudit, 'dst,dst'), 'in-would-deny'),
  would(inSet(SETS.nearOutAudit, 'src'), 'out-would-deny'),
  allowed(inSet(SETS.ways, 'dst,dst')),
];

const REST: EdgeRule = { match: inSet(SETS.tasksOut, 'src'), target: CHAIN_OUT };

/** To the node itself: the pair decides at docker-proxy's ports, and what may go out at all others. */
const HOST: readonly EdgeRule[] = [
  ...ANSWERS,
  // docker_gwbridge routes the node's own loopback, and nobody's honest packets go there.
  denied('-d 127.0.0.0/8', 'out-denied'),
  allowed(inSet(SETS.relay, 'src,dst')),
  would(inSet(SETS.relayWould, 'src,dst'), 'in-would-deny'),
  denied(inSet(SETS.relayDenied, 'src,dst'), 'in-denied'),
];
const OPEN_TO_NODE = allowed(`${BEGINS} ${notInSet(SETS.tasksOut, 'src')} ${inSet(SETS.nearTasks, 'src')}`);

/** Tasks that may go anywhere, to the outside; and published ports that anybody may reach. */
const OPEN: readonly EdgeRule[] = [
  allowed(
    [...[notInSet(SETS.gateway, 'dst'), notInSet(SETS.tasksOut, 'src')], inSet(SETS.nearTasks, 'src')].join(
      ' ',
    ),
  ),
  allowed(
    [...[notInSet(SETS.tasksIn, 'dst'), notInSet(SETS.mesh, 'dst,dst')], inSet(SETS.ways, 'dst,dst')].join(
      ' ',
    ),
  ),
];

function strangers(sets: ReadonlySet<string>): readonly EdgeRule[] {
  const { relayWould, relayDenied } = STRANGER_SETS;
  const rules: readonly (readonly [set: string, rule: EdgeRule])[] = [
    [relayWould, would(inSet(relayWould, 'src,dst'), 'in-would-deny')],
    [relayDenied, denied(inSet(relayDenied, 'src,dst'), 'in-denied')],
  ];
  return rules.flatMap(([set, rule]) => (sets.has(set) ? [rule] : []));
}

/** What is allowed before what is only let through. */
function tierIngress(sets: ReadonlySet<string>): readonly EdgeRule[] {
  const { inFromGateway, inWould, inFromGatewayWould } = TIER_SETS;
  const [near, far] = [inSet(SETS.gateway, 'src'), notInSet(SETS.gateway, 'src')];
  const rules: readonly (readonly [set: string, rule: EdgeRule])[] = [
    [inFromGateway, allowed(`${near} ${inSet(inFromGateway, 'dst,dst')}`)],
    [inWould, would(`${far} ${inSet(inWould, 'dst,dst,src')}`, 'in-would-deny')],
    [inFromGatewayWould, would(`${near} ${inSet(inFromGatewayWould, 'dst,dst')}`, 'in-would-deny')],
  ];
  return rules.flatMap(([set, rule]) => (sets.has(set) ? [rule] : []));
}

function spanRule({ id, gateway, wouldDeny, ...ports }: EgressSpan): EdgeRule {
  const { from, to } = spanSets(id);
  const blocks = gateway ? SETS.gateway : to;
  const match = [...portMatch(ports), inSet(from, 'src'), inSet(blocks, 'dst')].join(' ');
  return wouldDeny ? would(match, 'out-would-deny') : allowed(match);
}

function portMatch({ protocol, first, last }: Omit<EgressSpan, 'id'>): readonly string[] {
  if (protocol === 'any') return [];
  return protocol === 'icmp' ? ['-p icmp'] : [`-p ${protocol} -m ${protocol} --dport ${first}:${last}`];
}

/** As iptables-save lists it. */
function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}
