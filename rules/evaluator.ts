import type {
  CidrGroup,
  ClusterPolicy,
  Direction,
  Protocol,
  ServiceKey,
} from '../compose-ext/policy-model.ts';
import { type Address, parseAddress } from './address-block.ts';
import { createScope } from './cluster-scope.ts';
import { judgeSide, type SideVerdict } from './judge-side.ts';
import type { ClusterService, StackSettings } from './network-policy.ts';
import { createParty, type Party } from './party.ts';
import type { Other, Whereabouts } from './peer.ts';
import {
  EVERYTHING,
  intersection,
  joinTouching,
  NOTHING,
  type PortSet,
  type PortSpan,
  spans,
} from './port-set.ts';
import { sidePorts } from './side-ports.ts';
import { createWhereabouts } from './whereabouts.ts';

export type { SideVerdict };

export type Place = { readonly service: ServiceKey } | { readonly address: string };

export interface Question {
  readonly from: Place;
  readonly to: Place;
  readonly protocol: Protocol | 'icmp';
  /** The target's (container) port. Absent: every port of the protocol, so one rule must admit them all. */
  readonly port?: number;
}

export interface Verdict {
  /** As enforced: what only a stack in audit denies passes. */
  readonly allowed: boolean;
  /** It passes, and would not if nothing were in audit. */
  readonly wouldDeny: boolean;
  readonly ingress: SideVerdict;
  readonly egress: SideVerdict;
}

export interface Evaluator {
  judge(question: Question): Verdict;
  /** All that the full policy lets through, sorted by protocol and port, ranges merged. Empty: nothing. */
  rulesBetween(from: Place, to: Place): readonly PortSpan[];
}

export interface EvaluatorInput {
  readonly stacks: readonly StackSettings[];
  readonly services: readonly ClusterService[];
  /** The Swarm's node addresses: not the world, but an ipBlock may mean them. */
  readonly nodeAddresses?: readonly string[];
  /** CIDRs of overlays and bridges: addresses in them are neither the world nor in any ipBlock. */
  readonly clusterNets?: readonly string[];
  /** Services' own addresses that an ipBlock means too, as in Kubernetes. A Swarm's services have none here. */
  readonly addresses?: ReadonlyMap<ServiceKey, readonly string[]>;
  /** In any order. */
  readonly clusterPolicies?: readonly ClusterPolicy[];
  readonly groups?: readonly CidrGroup[];
}

/** What the evaluator asks of a cluster, still or live. */
export interface ClusterView {
  party(key: ServiceKey): Party | undefined;
  whereabouts(address: string): Whereabouts;
}

export function createEvaluator(input: EvaluatorInput): Evaluator {
  const stacks = new Map(input.stacks.map((stack) => [stack.name, stack]));
  const services = new Map(input.services.map((service) => [service.key, service]));
  const parties = new Map<ServiceKey, Party>();
  const scope = createScope(input.clusterPolicies, input.groups);
  return evaluatorOf({
    party(key) {
      const service = services.get(key);
      const known =
        parties.get(key) ??
        (service &&
          createParty(service, stacks.get(service.stack), { addresses: ownAddresses(input, key), scope }));
      if (known) parties.set(key, known);
      return known;
    },
    whereabouts: createWhereabouts(input.nodeAddresses ?? [], input.clusterNets ?? []),
  });
}

export function ownAddresses(
  { addresses }: Pick<EvaluatorInput, 'addresses'>,
  key: ServiceKey,
): readonly Address[] {
  return (addresses?.get(key) ?? []).map(parseAddress).filter((address) => address !== undefined);
}

export function evaluatorOf(cluster: ClusterView): Evaluator {
  const find = (place: Place): Other => {
    if ('address' in place)
      return {
        kind: 'address',
        address: parseAddress(place.address),
        where: cluster.whereabouts(place.address),
      };
    const party = cluster.party(place.service);
    return party ? { kind: 'service', party } : { kind: 'unknown' };
  };
  return {
    judge({ from, to, protocol, port }) {
      const [source, destination] = [find(from), find(to)];
      const egress = sideVerdict('egress', source, destination, destination, protocol, port);
      const ingress = sideVerdict('ingress', destination, source, destination, protocol, port);
      const allowed = !enforces(egress, source) && !enforces(ingress, destination);
      const denied = egress.outcome === 'denied' || ingress.outcome === 'denied';
      return { allowed, wouldDeny: allowed && denied, ingress, egress };
    },
    rulesBetween(from, to) {
      const [source, destination] = [find(from), find(to)];
      const egress = allowedPorts('egress', source, destination, destination);
      const ingress = allowedPorts('ingress', destination, source, destination);
      return spans(joinTouching(intersection(egress, ingress)));
    },
  };
}

function sideVerdict(
  direction: Direction,
  own: Other,
  other: Other,
  destination: Other,
  protocol: Protocol | 'icmp',
  port: number | undefined,
): SideVerdict {
  // Nothing is known about it, so nothing says that it may.
  if (own.kind === 'unknown') return { outcome: 'denied', rules: [], isolatedBy: [] };
  if (own.kind === 'address') return { outcome: 'not-isolated', rules: [], isolatedBy: [] };
  return judgeSide(own.party.sides[direction], other, destination, protocol, port);
}

function allowedPorts(direction: Direction, own: Other, other: Other, destination: Other): PortSet {
  if (own.kind === 'unknown') return NOTHING;
  if (own.kind === 'address') return EVERYTHING;
  return sidePorts(own.party.sides[direction], other, destination).allowed;
}

/** A stack's audit is about its own policies and the baseline: an administrator's Deny holds. */
function enforces({ outcome, tier }: SideVerdict, own: Other): boolean {
  if (outcome !== 'denied') return false;
  return tier === 'admin' || !(own.kind === 'service' && own.party.mode === 'audit');
}
