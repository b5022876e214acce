import type {
  Direction,
  Peer,
  Policy,
  PolicyModel,
  PolicyRule,
  PortMatch,
  Protocol,
  ServiceKey,
  ServiceModel,
  StackModel,
} from './policy-model.ts';
import { matchesSelector } from './selector.ts';

/**
 * Which services their own policies let talk at all: what segments are made from. Cluster policies are not asked, see
 * docs/adr/0008; rules/ judges single connections, by all of them.
 */
export interface Reach {
  /** A connection from one to the other exists that both sides let pass, on any port. */
  mayTalk(from: ServiceKey, to: ServiceKey): boolean;
  /** As `mayTalk`, and a rule of either side means the other by name or by stack, not just everybody. */
  isMeant(from: ServiceKey, to: ServiceKey): boolean;
  /**
   * Whether `theirs` lets pass, in its own direction, some of what a rule of `own` allows; also where the rule's ports
   * are names that mean nothing.
   */
  answers(rule: PolicyRule, direction: Direction, own: ServiceKey, theirs: ServiceKey): boolean;
  /** Some connection with addresses outside the cluster may pass, either way. */
  touchesWorld(service: ServiceKey): boolean;
}

interface Stance {
  readonly stack: StackModel;
  readonly service: ServiceModel;
  /** Undefined: not isolated in that direction. */
  readonly rules: Readonly<Record<Direction, readonly OwnedRule[] | undefined>>;
}

interface OwnedRule {
  readonly rule: PolicyRule;
  readonly stack: string;
}

/** Inclusive; 'any' is every protocol, ICMP included. */
interface PortSpan {
  readonly protocol: Protocol | 'any';
  readonly first: number;
  readonly last: number;
}

const EVERYTHING: readonly PortSpan[] = [{ protocol: 'any', first: 0, last: 65535 }];

export function serviceKey(stack: string, service: string): ServiceKey {
  return `${stack}/${service}`;
}

export function createReach(model: PolicyModel): Reach {
  const stances = new Map<ServiceKey, Stance>();
  for (const stack of model.stacks) {
    for (const service of stack.services) {
      stances.set(serviceKey(stack.name, service.name), stanceOf(stack, service));
    }
  }
  const between = (from: ServiceKey, to: ServiceKey) => {
    const [source, destination] = [stances.get(from), stances.get(to)];
    return source && destination && { source, destination };
  };
  return {
    mayTalk(from, to) {
      const pair = between(from, to);
      return pair !== undefined && pairMayTalk(pair.source, pair.destination);
    },
    isMeant(from, to) {
      const pair = between(from, to);
      return pair !== undefined && isMeant(pair.source, pair.destination) && this.mayTalk(from, to);
    },
    answers(rule, direction, own, theirs) {
      const pair = between(own, theirs);
      return pair !== undefined && answers(rule, direction, pair.source, pair.destination);
    },
    touchesWorld(key) {
      const stance = stances.get(key);
      return stance !== undefined && touchesWorld(stance);
    },
  };
}

export function stanceOf(stack: StackModel, service: ServiceModel): Stance {
  const selecting = stack.policies.filter((policy) => selects(policy, service));
  const rulesOf = (direction: Direction) => {
    const isolating = selecting.filter((policy) => policy.directions.includes(direction));
    if (isolating.length === 0 && stack.defaults[direction] === 'allow') return undefined;
    return isolating.flatMap((policy) => policy[direction].map((rule) => ({ rule, stack: policy.stack })));
  };
  return { stack, service, rules: { ingress: rulesOf('ingress'), egress: rulesOf('egress') } };
}

/** Whether the policy is about this service of its own stack. */
export function selects({ target, stack }: Policy, service: ServiceModel): boolean {
  if (stack !== service.stack) return false;
  return target.kind === 'service'
    ? target.service === service.name
    : matchesSelector(target.services, service.labels);
}

function pairMayTalk(source: Stance, destination: Stance): boolean {
  const ports = destination.service.ports;
  const out = spansFor(source.rules.egress, destination, ports);
  if (out.length === 0) return false;
  const into = spansFor(destination.rules.ingress, source, ports);
  return out.some((a) => into.some((b) => overlap(a, b)));
}

function answers(rule: PolicyRule, direction: Direction, own: Stance, theirs: Stance): boolean {
  const ports = (direction === 'ingress' ? own : theirs).service.ports;
  const wanted = rule.ports.length === 0 ? EVERYTHING : rule.ports.flatMap((port) => spans(port, ports));
  if (wanted.length === 0) return true;
  const given = spansFor(theirs.rules[direction === 'ingress' ? 'egress' : 'ingress'], own, ports);
  return wanted.some((a) => given.some((b) => overlap(a, b)));
}

/** The ports that one side's rules let pass to or from the other; names are the destination's. */
function spansFor(
  rules: readonly OwnedRule[] | undefined,
  other: Stance,
  ports: ServiceModel['ports'],
): readonly PortSpan[] {
  if (rules === undefined) return EVERYTHING;
  return rules
    .filter((owned) => ruleMatches(owned, other))
    .flatMap(({ rule }) =>
      rule.ports.length === 0 ? EVERYTHING : rule.ports.flatMap((port) => spans(port, ports)),
    );
}

function spans({ protocol, port, endPort }: PortMatch, ports: ServiceModel['ports']): PortSpan[] {
  if (port === undefined) return [{ protocol, first: 0, last: 65535 }];
  if (typeof port === 'number') return [{ protocol, first: port, last: endPort ?? port }];
  const named = ports.filter((candidate) => candidate.name === port && candidate.protocol === protocol);
  return named.map(({ target }) => ({ protocol, first: target, last: target }));
}

function overlap(a: PortSpan, b: PortSpan): boolean {
  const sameProtocol = a.protocol === 'any' || b.protocol === 'any' || a.protocol === b.protocol;
  return sameProtocol && a.first <= b.last && b.first <= a.last;
}

function ruleMatches({ rule, stack }: OwnedRule, other: Stance): boolean {
  return rule.peers.length === 0 || rule.peers.some((peer) => peerMatches(peer, stack, other));
}

/** Blocks, groups and `world` are outside the cluster: never a service. */
function peerMatches(peer: Peer, ownStack: string, { stack, service }: Stance): boolean {
  switch (peer.kind) {
    case 'service':
      return peer.stack === stack.name && peer.service === service.name;
    case 'selector': {
      const inStack =
        peer.stacks === undefined ? stack.name === ownStack : matchesSelector(peer.stacks, stack.labels);
      return inStack && (peer.services === undefined || matchesSelector(peer.services, service.labels));
    }
    case 'any':
      return true;
    case 'ipBlock':
    case 'group':
    case 'name':
    case 'world':
      return false;
  }
}

function isMeant(source: Stance, destination: Stance): boolean {
  return namedBy(source.rules.egress, destination) || namedBy(destination.rules.ingress, source);
}

function namedBy(rules: readonly OwnedRule[] | undefined, other: Stance): boolean {
  return (rules ?? []).some(({ rule, stack }) =>
    rule.peers.some((peer) => peer.kind !== 'any' && peerMatches(peer, stack, other)),
  );
}

/** A published port has its way in even when no rule lets clients pass: its routing needs the gateway. */
function touchesWorld({ service, rules }: Stance): boolean {
  if (service.ports.some(({ published, mode }) => published !== undefined || mode !== undefined)) return true;
  return (
    rules.egress === undefined ||
    rules.egress.some(({ rule }) => rule.peers.length === 0 || rule.peers.some(isOutside))
  );
}

function isOutside(peer: Peer): boolean {
  return peer.kind !== 'service' && peer.kind !== 'selector';
}
