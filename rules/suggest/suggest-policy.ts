import type { Direction, LabelPeer, ServiceKey } from '../../compose-ext/index.ts';
import {
  createEvaluator,
  type EvaluatorInput,
  type Place,
  scopeOf,
  type SideVerdict,
  whereaboutsIn,
} from '../evaluator.ts';
import type { ClusterService } from '../network-policy.ts';
import { createParty } from '../party.ts';
import type { EdgeEnd, ObservedEdge } from './observed-edge.ts';
import { mayBeByName } from './by-name.ts';
import { outsidePeers } from './outside-peers.ts';
import { type EdgePort, partsOf, sayablePort, type Surroundings } from './sayable.ts';
import { addPeer, entriesOf, type SideEntries } from './side-entries.ts';
import type { LeftOut, SuggestedSide, Suggestion } from './suggestion.ts';
import type { Weighed } from './weigh-evidence.ts';

export interface SuggestInput {
  /** As it is now, the stacks to write for included. */
  readonly cluster: EvaluatorInput;
  /** Whose services get entries. */
  readonly stacks: ReadonlySet<string>;
  readonly weighed: readonly Weighed[];
}

/** What one side needs toward one peer, or toward all addresses at one port. */
interface Wish {
  readonly service: ServiceKey;
  readonly direction: Direction;
  readonly other: EdgeEnd['kind'];
  readonly port: EdgePort;
  readonly edges: Weighed[];
}

/** The least that lets pass what services were seen to do, beyond what their policies allow already. */
export function suggestPolicy({ cluster, stacks, weighed }: SuggestInput): Suggestion {
  const whole = withStrangers(
    cluster,
    weighed.map(({ edge }) => edge),
  );
  const known: Surroundings = {
    stacks,
    services: new Map(cluster.services.map((service) => [service.key, service])),
    whereabouts: whereaboutsIn(cluster),
  };
  const { judge } = createEvaluator(whole);
  const byName = mayBeByName(whole);
  const leftOut: LeftOut[] = [];
  const wishes = new Map<string, Wish>();
  for (const each of weighed.filter(
    ({ edge }) => concerns(edge.source, stacks) || concerns(edge.destination, stacks),
  )) {
    const { edge, doubt } = each;
    const port = sayablePort(edge, known);
    if (typeof port === 'string') {
      leftOut.push({ edge, reason: doubt ?? port });
      continue;
    }
    const verdict = judge({ ...port, from: placeOf(edge.source), to: placeOf(edge.destination) });
    if (isForbidden(verdict.egress) || isForbidden(verdict.ingress))
      leftOut.push({ edge, reason: doubt ?? 'administrator' });
    else if (byName(edge)) leftOut.push({ edge, reason: doubt ?? 'by-name' });
    else
      for (const direction of ['egress', 'ingress'] as const)
        addWish(wishes, { each, port, direction, side: verdict[direction] }, known);
  }
  const sides = new Map<string, SideEntries>();
  for (const { service, direction, other, port, edges } of wishes.values()) {
    const found = other === 'service' ? servicePeers(service, direction, edges) : outsidePeers(edges);
    for (const { edge, doubt } of found.leftOut)
      if (doubt !== undefined) leftOut.push({ edge, reason: doubt });
    const entries = sides.get(`${direction} ${service}`) ?? new Map();
    for (const { peer, edges: shown } of found.peers) addPeer(entries, peer, port, shown);
    if (entries.size > 0) sides.set(`${direction} ${service}`, entries);
  }
  const sideOf = ({ key: service, stack }: ClusterService, direction: Direction): SuggestedSide[] => {
    const entries = sides.get(`${direction} ${service}`);
    if (entries) return [{ service, direction, entries: entriesOf(entries) }];
    return stacks.has(stack) && !isIsolated(service, direction, cluster)
      ? [{ service, direction, entries: [] }]
      : [];
  };
  const all = cluster.services.flatMap((service) => [
    ...sideOf(service, 'ingress'),
    ...sideOf(service, 'egress'),
  ]);
  const seen = new Set(weighed.flatMap(({ edge }) => [keyOf(edge.source), keyOf(edge.destination)]));
  return {
    sides: all.filter(({ service }) => stacks.has(partsOf(service)[0])),
    elsewhere: all.filter(({ service }) => !stacks.has(partsOf(service)[0])),
    leftOut: [...new Map(leftOut.map((each) => [each.edge, each])).values()],
    unseen: cluster.services
      .filter(({ key, stack }) => stacks.has(stack) && !seen.has(key))
      .map(({ key }) => key),
  };
}

/** Services of stacks that were not given: rules may name them all the same. */
export function withStrangers(cluster: EvaluatorInput, edges: readonly ObservedEdge[]): EvaluatorInput {
  const keys = new Set(cluster.services.map(({ key }) => key));
  const strangers = new Set(
    edges
      .flatMap(({ source, destination }) => [keyOf(source), keyOf(destination)])
      .filter((key) => key !== undefined),
  );
  const added = [...strangers]
    .filter((key) => !keys.has(key))
    .map((key): ClusterService => {
      const [stack, name] = partsOf(key);
      return { key, stack, name, labels: {}, ports: [], policies: [] };
    });
  return { ...cluster, services: [...cluster.services, ...added] };
}

function addWish(
  wishes: Map<string, Wish>,
  { each, port, direction, side }: { each: Weighed; port: EdgePort; direction: Direction; side: SideVerdict },
  { stacks, services }: Surroundings,
): void {
  const { source, destination } = each.edge;
  const [own, other] = direction === 'egress' ? [source, destination] : [destination, source];
  if (own.kind !== 'service' || !services.has(own.service)) return;
  // What the baseline allows ends where a label begins; what an administrator allows does not.
  if (side.outcome === 'allowed' && side.tier !== 'baseline') return;
  if (side.outcome !== 'denied' && !stacks.has(partsOf(own.service)[0])) return;
  const peer = other.kind === 'service' ? other.service : other.kind;
  const key = JSON.stringify([own.service, direction, peer, port.protocol, port.port]);
  const wish = wishes.get(key);
  if (wish) wish.edges.push(each);
  else wishes.set(key, { service: own.service, direction, other: other.kind, port, edges: [each] });
}

function servicePeers(
  own: ServiceKey,
  direction: Direction,
  edges: readonly Weighed[],
): ReturnType<typeof outsidePeers> {
  const proven = edges.filter(({ doubt }) => doubt === undefined);
  const [first] = proven;
  const other = first && keyOf(direction === 'egress' ? first.edge.destination : first.edge.source);
  if (other === undefined) return { peers: [], leftOut: edges };
  const [stack, service] = partsOf(other);
  const peer: LabelPeer = {
    kind: 'service',
    ...(stack === partsOf(own)[0] ? {} : { stack }),
    service,
  };
  return { peers: [{ peer, edges: proven }], leftOut: edges.filter(({ doubt }) => doubt !== undefined) };
}

function isIsolated(key: ServiceKey, direction: Direction, cluster: EvaluatorInput): boolean {
  const service = cluster.services.find((each) => each.key === key);
  if (service === undefined) return false;
  const stack = cluster.stacks.find(({ name }) => name === service.stack);
  return createParty(service, stack, { scope: scopeOf(cluster) }).sides[direction].isolated;
}

function isForbidden({ outcome, tier }: SideVerdict): boolean {
  return outcome === 'denied' && tier === 'admin';
}

function concerns(end: EdgeEnd, stacks: ReadonlySet<string>): boolean {
  return end.kind === 'service' && stacks.has(partsOf(end.service)[0]);
}

function keyOf(end: EdgeEnd): ServiceKey | undefined {
  return end.kind === 'service' ? end.service : undefined;
}

function placeOf(end: EdgeEnd): Place {
  return end.kind === 'service' ? { service: end.service } : { address: end.address };
}
