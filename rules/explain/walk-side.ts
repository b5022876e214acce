import type { Direction, Peer, Policy, PortMatch, Tier, TierAction } from '../../compose-ext/policy-model.ts';
import type { Question, SideVerdict } from '../evaluator.ts';
import type { ClusterService, DecidingRule } from '../network-policy.ts';
import type { Party } from '../party.ts';
import { type Outside, peersOf, type SideRule } from '../side-rule.ts';
import { type ClusterScope, selectsService, type TierRule } from '../cluster-scope.ts';
import { admitsPeer, type Other, portsOf } from '../peer.ts';
import { includes } from '../port-set.ts';
import { resolvePorts } from '../resolve-ports.ts';
import { selects } from '../cluster-from-model.ts';
import { matchesSelector } from '../../compose-ext/selector.ts';
import { whyPeer } from './why-peer.ts';
import { whyPort } from './why-port.ts';
import { whySelector } from './why-selector.ts';

/** How one side came to its outcome, in the order in which its rules are tried. */
export interface SideWalk extends Omit<SideVerdict, 'rules'> {
  readonly direction: Direction;
  /** The cluster policies' rules, by tier. Baseline rules are only tried where nothing isolates the side. */
  readonly tiers: Readonly<Record<Tier, readonly TierStep[]>>;
  /** The rules of its own policies, as they are written. */
  readonly rules: readonly RuleStep[];
  /** Policies of its stack, and of the cluster, that are not about this side. */
  readonly passedOver: readonly PassedOver[];
}

export interface RuleStep {
  readonly rule: DecidingRule;
  /** Where it is in the policy's list. */
  readonly index: number;
  readonly admits: boolean;
  /** Empty: the rule means everybody. */
  readonly peers: readonly PeerStep[];
  /** Whether the peers as a whole mean the other end. */
  readonly peerHolds: boolean;
  /** Empty: the rule has every port. */
  readonly ports: readonly PortStep[];
  readonly portHolds: boolean;
}

export interface TierStep extends RuleStep {
  readonly action: TierAction;
  /** An earlier rule, or tier, has decided all that is asked. */
  readonly late: boolean;
}

export interface PeerStep {
  readonly peer: Peer;
  readonly holds: boolean;
  readonly why: string;
}

export interface PortStep {
  readonly match: PortMatch;
  readonly holds: boolean;
  readonly why: string;
}

export interface PassedOver {
  readonly policy: DecidingRule;
  readonly why: string;
}

export function stepsOf(
  party: Party,
  direction: Direction,
  other: Other,
  destination: Other,
  asked: Pick<Question, 'protocol' | 'port'>,
  outside: Outside,
): readonly RuleStep[] {
  const indices = party.service.policies
    .filter((policy) => policy.directions.includes(direction))
    .flatMap((policy) => policy[direction].map((_, index) => index));
  return party.sides[direction].rules.map((rule, at) =>
    stepOf(rule, indices[at] ?? 0, other, destination, asked, outside),
  );
}

/** `decided`: by a tier above. */
export function tierStepsOf(
  rules: readonly TierRule[],
  decided: boolean,
  ...[other, destination, asked, outside]: Asked
): readonly TierStep[] {
  const places = new Map<string, number>();
  let late = decided;
  return rules.map((rule): TierStep => {
    const index = places.get(rule.decides.policy) ?? 0;
    places.set(rule.decides.policy, index + 1);
    const step = { ...stepOf(rule, index, other, destination, asked, outside), action: rule.action, late };
    late ||= step.admits;
    return step;
  });
}

type Asked = readonly [
  other: Other,
  destination: Other,
  asked: Pick<Question, 'protocol' | 'port'>,
  outside: Outside,
];

function stepOf(rule: SideRule, index: number, ...[other, destination, asked, outside]: Asked): RuleStep {
  const ports = destination.kind === 'service' ? destination.party.service.ports : [];
  const peerHolds = admitsPeer(rule, other);
  const portHolds = includes(portsOf(rule, destination), asked.protocol, asked.port);
  return {
    rule: rule.decides,
    index,
    admits: peerHolds && portHolds,
    peerHolds,
    peers: rule.peers.map((peer) => ({
      peer,
      holds: admitsPeer(
        { stack: rule.stack, ...peersOf([peer], outside, rule.decides.direction, actionOf(rule)) },
        other,
      ),
      why: whyPeer(peer, rule.stack, other, outside),
    })),
    portHolds,
    ports: rule.ports.map((match) => ({
      match,
      holds: includes(resolvePorts([match], ports), asked.protocol, asked.port),
      why: whyPort(match, asked, ports),
    })),
  };
}

/** Policies by selector that another service of the stack carries, and why this side is not theirs. */
export function passedOver(
  { service }: Party,
  direction: Direction,
  services: readonly ClusterService[],
): readonly PassedOver[] {
  const known = new Map<string, Policy>();
  for (const each of services)
    if (each.stack === service.stack)
      for (const policy of each.policies) if (!known.has(policy.name)) known.set(policy.name, policy);
  return [...known.values()].flatMap((policy): PassedOver[] => {
    if (policy.target.kind !== 'selector') return [];
    const { name, stack, origin, target } = policy;
    const named = { policy: name, stack, direction, origin };
    if (!selects(policy, service))
      return [{ policy: named, why: whySelector(target.services, service.labels) }];
    if (policy.directions.includes(direction)) return [];
    return [{ policy: named, why: `it is about ${policy.directions.join(' and ') || 'no direction'} only` }];
  });
}

function actionOf(rule: SideRule | TierRule): TierAction {
  return 'action' in rule ? rule.action : 'allow';
}

/** Cluster policies that do not select the service, and why. */
export function clusterPassedOver(
  { service, stackLabels }: Party,
  direction: Direction,
  { tiers }: ClusterScope,
): readonly PassedOver[] {
  return [...tiers.admin, ...tiers.baseline].flatMap(({ policy }): PassedOver[] => {
    const { name, origin, subject } = policy;
    if (policy[direction].length === 0 || selectsService(policy, service.labels, stackLabels)) return [];
    const named: DecidingRule = { policy: name, stack: '', cluster: true, direction, origin };
    const why =
      subject.stacks && !matchesSelector(subject.stacks, stackLabels)
        ? `stack ${service.stack}: ${whySelector(subject.stacks, stackLabels)}`
        : whySelector(subject.services ?? { matchLabels: {}, matchExpressions: [] }, service.labels);
    return [{ policy: named, why }];
  });
}
