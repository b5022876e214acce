import type { Direction, Position, PortMatch, ServiceKey } from '../../compose-ext/index.ts';
import { parseAddress } from '../address-block.ts';
import { type EvaluatorInput, scopeOf, whereaboutsIn } from '../evaluator.ts';
import { labelText } from '../explain/label-text.ts';
import { createParty, type Party } from '../party.ts';
import { admitsPeer, type Other, portsOf } from '../peer.ts';
import { includes, PROTOCOLS } from '../port-set.ts';
import { resolvePorts } from '../resolve-ports.ts';
import type { SideRule } from '../side-rule.ts';
import { mayBeByName } from './by-name.ts';
import type { EdgeEnd, ObservedEdge } from './observed-edge.ts';
import { listeningPort } from './sayable.ts';
import { withStrangers } from './suggest-policy.ts';

/** A rule, or some ports of one, that nothing used. */
export interface UnusedAllow {
  readonly policy: string;
  readonly direction: Direction;
  readonly origin: Position;
  /** Whom it selects. */
  readonly services: readonly ServiceKey[];
  /** As entries of a label; what a label cannot say is left out. */
  readonly entries: readonly string[];
  /** Absent: none of its ports was used. */
  readonly ports?: readonly PortMatch[];
}

interface Rule {
  readonly rule: SideRule;
  readonly direction: Direction;
  readonly services: ServiceKey[];
  /** Of its ports, by their place. */
  readonly used: Set<number>;
}

/** Of services of these stacks: which allows let nothing pass of all that was seen to pass. */
export function unusedAllows(
  given: EvaluatorInput,
  stacks: ReadonlySet<string>,
  edges: readonly ObservedEdge[],
): readonly UnusedAllow[] {
  const cluster = withStrangers(given, edges);
  const services = new Map(cluster.services.map((service) => [service.key, service]));
  const scope = scopeOf(cluster);
  const settings = new Map(cluster.stacks.map((stack) => [stack.name, stack]));
  const parties = new Map(
    cluster.services.map((service) => [
      service.key,
      createParty(service, settings.get(service.stack), { scope }),
    ]),
  );
  const whereabouts = whereaboutsIn(cluster);
  const otherOf = (end: EdgeEnd): Other => {
    if (end.kind !== 'service')
      return { kind: 'address', address: parseAddress(end.address), where: whereabouts(end.address) };
    const party = parties.get(end.service);
    return party ? { kind: 'service', party } : { kind: 'unknown' };
  };
  const byName = mayBeByName(cluster);
  const rules = new Map<string, Rule>();
  for (const party of parties.values())
    if (stacks.has(party.service.stack))
      for (const direction of ['ingress', 'egress'] as const)
        for (const rule of party.sides[direction].rules) {
          const known = rules.get(keyOf(rule, direction));
          if (known) known.services.push(party.key);
          else rules.set(keyOf(rule, direction), { rule, direction, services: [party.key], used: new Set() });
        }
  for (const seen of edges.filter(({ connections, packets }) => connections + packets > 0)) {
    const port = listeningPort(seen, services);
    const edge = port === undefined ? seen : { ...seen, port };
    const [source, destination] = [otherOf(edge.source), otherOf(edge.destination)];
    const admits = (other: Other) => (rule: SideRule) => admitsPeer(rule, other);
    if (source.kind === 'service')
      mark(rules, source.party, { direction: 'egress', admits: admits(destination), destination, edge });
    if (destination.kind === 'service')
      mark(rules, destination.party, { direction: 'ingress', admits: admits(source), destination, edge });
    if (source.kind === 'service' && byName(edge))
      mark(rules, source.party, { direction: 'egress', admits: namesAny, destination, edge });
  }
  return [...rules.values()].flatMap(asUnused);
}

interface Seen {
  readonly direction: Direction;
  readonly admits: (rule: SideRule) => boolean;
  readonly destination: Other;
  readonly edge: ObservedEdge;
}

function namesAny({ peers }: SideRule): boolean {
  return peers.some(({ kind }) => kind === 'name');
}

function mark(
  rules: ReadonlyMap<string, Rule>,
  own: Party,
  { direction, admits, destination, edge: { protocol, port } }: Seen,
): void {
  const asked = [...PROTOCOLS, 'icmp' as const].find((each) => each === protocol);
  if (asked === undefined) return;
  for (const rule of own.sides[direction].rules) {
    const found = rules.get(keyOf(rule, direction));
    if (!found || !admits(rule) || !includes(portsOf(rule, destination), asked, port)) continue;
    const ports = destination.kind === 'service' ? destination.party.service.ports : [];
    if (rule.ports.length === 0) found.used.add(0);
    rule.ports.forEach((match, index) => {
      if (includes(resolvePorts([match], ports), asked, port)) found.used.add(index);
    });
  }
}

function asUnused({ rule, direction, services, used }: Rule): UnusedAllow[] {
  const unused = rule.ports.filter((_, index) => !used.has(index));
  if (used.size > 0 && unused.length === 0) return [];
  const ports = used.size > 0 ? unused : rule.ports;
  return [
    {
      policy: rule.decides.policy,
      direction,
      origin: rule.decides.origin,
      services: services.toSorted(),
      entries: rule.peers.flatMap((peer) => labelText(peer, ports, rule.stack) ?? []),
      ...(used.size > 0 && { ports: unused }),
    },
  ];
}

function keyOf({ decides: { policy, stack, origin } }: SideRule, direction: Direction): string {
  return JSON.stringify([stack, policy, direction, origin.file, origin.line, origin.column]);
}
