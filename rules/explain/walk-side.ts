import type { Direction, Peer, Policy, PortMatch } from '../../compose-ext/policy-model.ts';
import type { Question, SideVerdict } from '../evaluator.ts';
import type { ClusterService, DecidingRule } from '../network-policy.ts';
import type { Party } from '../party.ts';
import { type Groups, peersOf } from '../side-rule.ts';
import { admitsPeer, type Other, portsOf } from '../peer.ts';
import { includes } from '../port-set.ts';
import { resolvePorts } from '../resolve-ports.ts';
import { selects } from '../cluster-from-model.ts';
import { whyPeer } from './why-peer.ts';
import { whyPort } from './why-port.ts';
import { whySelector } from './why-selector.ts';

/** How one side came to its outcome, in the order in which its rules are written. */
export interface SideWalk {
  readonly direction: Direction;
  readonly outcome: SideVerdict['outcome'];
  readonly isolatedBy: readonly DecidingRule[];
  readonly rules: readonly RuleStep[];
  /** Policies of its stack that are not about this side. */
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
  groups: Groups,
): readonly RuleStep[] {
  const indices = party.service.policies
    .filter((policy) => policy.directions.includes(direction))
    .flatMap((policy) => policy[direction].map((_, index) => index));
  const ports = destination.kind === 'service' ? destination.party.service.ports : [];
  return party.sides[direction].rules.map((rule, at): RuleStep => {
    const peerHolds = admitsPeer(rule, other);
    const portHolds = includes(portsOf(rule, destination), asked.protocol, asked.port);
    return {
      rule: rule.decides,
      index: indices[at] ?? 0,
      admits: peerHolds && portHolds,
      peerHolds,
      peers: rule.peers.map((peer) => ({
        peer,
        holds: admitsPeer({ stack: rule.stack, ...peersOf([peer], groups) }, other),
        why: whyPeer(peer, rule.stack, other, groups),
      })),
      portHolds,
      ports: rule.ports.map((match) => ({
        match,
        holds: includes(resolvePorts([match], ports), asked.protocol, asked.port),
        why: whyPort(match, asked, ports),
      })),
    };
  });
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
