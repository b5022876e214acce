import type { Direction, Peer } from '../../compose-ext/policy-model.ts';
import { parseAddress } from '../address-block.ts';
import {
  createEvaluator,
  type EvaluatorInput,
  type Place,
  type Question,
  scopeOf,
  type Verdict,
  whereaboutsIn,
} from '../evaluator.ts';
import { type ClusterScope, METADATA_POLICY } from '../cluster-scope.ts';
import { createParty } from '../party.ts';
import type { Other } from '../peer.ts';
import { findFlip, type Flip } from './flip.ts';
import { clusterPassedOver, passedOver, type SideWalk, stepsOf, tierStepsOf } from './walk-side.ts';

/** A verdict step by step, and what would turn it. */
export interface Explanation {
  readonly verdict: Verdict;
  readonly egress: SideWalk;
  readonly ingress: SideWalk;
  /** Absent: no change of policy turns it. */
  readonly flip?: Flip;
}

export interface ExplainOptions {
  /** The address in the question stands for all of the world, and an entry should say so. */
  readonly world?: boolean;
  /** Addresses outside that count, too, in what a change would do: that of the world, say. */
  readonly elsewhere?: readonly string[];
}

export function explain(
  cluster: EvaluatorInput,
  question: Question,
  { world = false, elsewhere = [] }: ExplainOptions = {},
): Explanation {
  const verdict = createEvaluator(cluster).judge(question);
  const scope = scopeOf(cluster);
  const source = endOf(cluster, scope, question.from);
  const destination = endOf(cluster, scope, question.to);
  const walk = (direction: Direction): SideWalk => {
    const [own, other] = direction === 'ingress' ? [destination, source] : [source, destination];
    const base = { ...verdict[direction], direction };
    if (own.kind !== 'service')
      return { ...base, tiers: { admin: [], baseline: [] }, rules: [], passedOver: [] };
    const asked = [direction === 'ingress' ? asClient(other) : other, destination, question, scope] as const;
    const { admin, baseline, isolated } = own.party.sides[direction];
    const above = verdict[direction].tier === 'admin';
    return {
      ...base,
      tiers: {
        admin: tierStepsOf(admin, false, ...asked),
        baseline: isolated
          ? []
          : tierStepsOf(baseline, above, ...asked).filter(
              ({ rule, peerHolds }) => peerHolds || rule.policy !== METADATA_POLICY,
            ),
      },
      rules: stepsOf(own.party, direction, ...asked),
      passedOver: [
        ...clusterPassedOver(own.party, direction, scope),
        ...passedOver(own.party, direction, cluster.services),
      ],
    };
  };
  const walks = { ingress: walk('ingress'), egress: walk('egress') };
  const outside = world ? ({ kind: 'world' } as const) : blockOf(question);
  const flip = findFlip({ cluster, question, verdict, walks, outside, elsewhere });
  return { verdict, egress: walks.egress, ingress: walks.ingress, ...(flip && { flip }) };
}

/** As a client a metadata address is one of the world's. */
function asClient(other: Other): Other {
  return other.kind === 'address' && other.where === 'metadata' ? { ...other, where: 'world' } : other;
}

function endOf(cluster: EvaluatorInput, scope: ClusterScope, place: Place): Other {
  if ('address' in place) {
    const where = whereaboutsIn(cluster)(place.address);
    return { kind: 'address', address: parseAddress(place.address), where };
  }
  if ('dnsName' in place) return { kind: 'name', name: place.dnsName };
  const service = cluster.services.find(({ key }) => key === place.service);
  if (!service) return { kind: 'unknown' };
  const stack = cluster.stacks.find(({ name }) => name === service.stack);
  return { kind: 'service', party: createParty(service, stack, { scope }) };
}

function blockOf({ from, to }: Question): Peer | undefined {
  if ('dnsName' in to) return { kind: 'name', name: to.dnsName };
  const place = [from, to].find((each) => 'address' in each);
  if (!place || !('address' in place)) return undefined;
  const bits = place.address.includes(':') ? 128 : 32;
  return { kind: 'ipBlock', cidr: `${place.address}/${bits}`, except: [] };
}
