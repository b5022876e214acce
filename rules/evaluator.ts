import type {
  CidrGroup,
  ClusterPolicy,
  Direction,
  Protocol,
  ServiceKey,
} from '../compose-ext/policy-model.ts';
import { type Address, parseAddress } from './address-block.ts';
import { type ClusterScope, createScope, withSharedRules } from './cluster-scope.ts';
import { judgeSide, type SideVerdict } from './judge-side.ts';
import { createLookups, LIVE, type Lookups } from './lookups.ts';
import { createMetadata } from './metadata.ts';
import type { ClusterService, StackSettings } from './network-policy.ts';
import { createParty, type Party } from './party.ts';
import type { Admits, Other, PortsAt, Whereabouts } from './peer.ts';
import {
  EVERYTHING,
  intersection,
  joinTouching,
  NOTHING,
  portsAsked,
  type PortSet,
  type PortSpan,
  spans,
} from './port-set.ts';
import { sidePorts } from './side-ports.ts';
import { createWhereabouts } from './whereabouts.ts';

export type { SideVerdict };

export type Place =
  | { readonly service: ServiceKey }
  | { readonly address: string }
  /** Whatever addresses outside a DNS name has, in small letters: a destination. */
  | { readonly dnsName: string };

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
  /** Absent: the well-known ones. */
  readonly metadataAddresses?: readonly string[];
}

/** What the evaluator asks of a cluster, still or live. */
export interface ClusterView {
  party(key: ServiceKey): Party | undefined;
  whereabouts(address: string): Whereabouts;
}

export function createEvaluator(input: EvaluatorInput): Evaluator {
  const stacks = new Map(input.stacks.map((stack) => [stack.name, stack]));
  const services = new Map(input.services.map((service) => [service.key, service]));
  const scope = withSharedRules(scopeOf(input));
  const find = finderIn({
    party(key) {
      const service = services.get(key);
      if (!service) return undefined;
      const addresses = ownAddresses(input, key);
      return createParty(service, stacks.get(service.stack), { addresses, scope });
    },
    whereabouts: whereaboutsIn(input),
  });
  return judgeAmong(findOnce(find), createLookups());
}

export function scopeOf({ clusterPolicies, groups, metadataAddresses }: EvaluatorInput): ClusterScope {
  return createScope(clusterPolicies, groups, createMetadata(metadataAddresses));
}

export function whereaboutsIn({ nodeAddresses = [], clusterNets = [], metadataAddresses }: EvaluatorInput) {
  return createWhereabouts(nodeAddresses, clusterNets, metadataAddresses);
}

export function ownAddresses(
  { addresses }: Pick<EvaluatorInput, 'addresses'>,
  key: ServiceKey,
): readonly Address[] {
  return (addresses?.get(key) ?? []).map(parseAddress).filter((address) => address !== undefined);
}

export function evaluatorOf(cluster: ClusterView): Evaluator {
  return judgeAmong(finderIn(cluster), LIVE);
}

type Find = (place: Place) => Other;

function finderIn({ party, whereabouts }: ClusterView): Find {
  return (place) => {
    if ('address' in place) {
      const { address } = place;
      return { kind: 'address', address: parseAddress(address), where: whereabouts(address) };
    }
    if ('dnsName' in place) return { kind: 'name', name: place.dnsName };
    const found = party(place.service);
    return found ? { kind: 'service', party: found } : { kind: 'unknown' };
  };
}

/** For a cluster that stands still: each place is made ready once. */
function findOnce(find: Find): Find {
  const known = new Map<string, Other>();
  return (place) => {
    const key = Object.entries(place).join();
    const other = known.get(key) ?? find(place);
    known.set(key, other);
    return other;
  };
}

function judgeAmong(find: Find, { admitting, portsAt }: Lookups): Evaluator {
  return {
    judge({ from, to, protocol, port }) {
      const [source, destination] = [find(from), find(to)];
      const asked = portsAsked(protocol, port);
      const egress = sideVerdict('egress', source, admitting(destination), portsAt(destination), asked);
      const ingress = sideVerdict('ingress', destination, admitting(source), portsAt(destination), asked);
      const allowed = !enforces(egress, source) && !enforces(ingress, destination);
      const denied = egress.outcome === 'denied' || ingress.outcome === 'denied';
      return { allowed, wouldDeny: allowed && denied, ingress, egress };
    },
    rulesBetween(from, to) {
      const [source, destination] = [find(from), find(to)];
      const egress = allowedPorts('egress', source, admitting(destination), portsAt(destination));
      const ingress = allowedPorts('ingress', destination, admitting(source), portsAt(destination));
      return spans(joinTouching(intersection(egress, ingress)));
    },
  };
}

function sideVerdict(
  direction: Direction,
  own: Other,
  admits: Admits,
  portsAt: PortsAt,
  asked: PortSet,
): SideVerdict {
  // Nothing is known about it, so nothing says that it may.
  if (own.kind === 'unknown') return { outcome: 'denied', rules: [], isolatedBy: [] };
  if (own.kind !== 'service') return { outcome: 'not-isolated', rules: [], isolatedBy: [] };
  return judgeSide(own.party.sides[direction], admits, portsAt, asked);
}

function allowedPorts(direction: Direction, own: Other, admits: Admits, portsAt: PortsAt): PortSet {
  if (own.kind === 'unknown') return NOTHING;
  if (own.kind !== 'service') return EVERYTHING;
  return sidePorts(own.party.sides[direction], admits, portsAt).allowed;
}

/** A stack's audit is about its own policies and the baseline; an administrator's about his Deny, too. */
function enforces({ outcome, tier }: SideVerdict, own: Other): boolean {
  if (outcome !== 'denied') return false;
  const audit = own.kind === 'service' ? own.party.audit : 'none';
  return audit === 'none' || (audit === 'own' && tier === 'admin');
}
