import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import { withSharedRules } from '../cluster-scope.ts';
import { connectivityOf } from '../connectivity.ts';
import { type EvaluatorInput, scopeOf } from '../evaluator.ts';
import type { NetworkInfo } from '../network-policy.ts';
import { outsidePlaces, WORLD } from '../outside-places.ts';
import { createParty, type Party } from '../party.ts';
import type { PortSpan } from '../port-set.ts';
import { type MapPlace, placeId } from './map-data.ts';

/** The live cluster, and who is on which network. */
export interface MapCluster extends EvaluatorInput {
  readonly networks: readonly NetworkInfo[];
  /** By network id. */
  readonly members: ReadonlyMap<string, ReadonlySet<ServiceKey>>;
}

export interface PolicyArrow {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly PortSpan[];
}

export interface PolicyMap {
  readonly places: readonly MapPlace[];
  readonly arrows: readonly PolicyArrow[];
  /** Blocks and names outside that policies speak of. */
  readonly outside: readonly string[];
}

/**
 * What policies let through, as far as there is a way: two services share a network, or a port is published. What
 * nobody restricts is no arrow: it would be one from everybody to everybody.
 */
export function policyMap(cluster: MapCluster): PolicyMap {
  const externals = outsidePlaces(cluster);
  const parties = partiesOf(cluster);
  const near = neighbours(cluster);
  const places = [...parties.values()].map(({ key, service, audit, sides }): MapPlace => ({
    ...{
      id: placeId('service', key),
      kind: 'service',
      stack: service.stack,
      name: service.name,
      mode: audit === 'none' ? 'enforce' : 'audit',
    },
    ...{ ingress: sides.ingress.isolated, egress: sides.egress.isolated },
  }));
  const arrows: PolicyArrow[] = [];
  /** Of the world, by the service's place: a block with the same ports says nothing more. */
  const world = { in: new Map<string, PolicyArrow['ports']>(), out: new Map<string, PolicyArrow['ports']>() };
  const blocks: PolicyArrow[] = [];
  for (const { from, to, ports } of connectivityOf({ ...cluster, externals })) {
    const [source, destination] = [parties.get(from), parties.get(to)];
    if (source && destination) {
      const decided = source.sides.egress.isolated || destination.sides.ingress.isolated;
      if (decided && from !== to && near.get(from)?.has(to) === true)
        arrows.push({ from: placeId('service', from), to: placeId('service', to), ports });
    } else if (destination) {
      const open = publishedOf(destination, ports);
      const arrow = { from: placeId('outside', from), to: placeId('service', to), ports: open };
      if (open.length === 0) continue;
      if (from !== WORLD) blocks.push(arrow);
      else {
        world.in.set(arrow.to, open);
        arrows.push(arrow);
      }
    } else if (source?.sides.egress.isolated === true) {
      const arrow = { from: placeId('service', from), to: placeId('outside', to), ports };
      if (to !== WORLD) blocks.push(arrow);
      else {
        world.out.set(arrow.from, ports);
        arrows.push(arrow);
      }
    }
  }
  for (const arrow of blocks) {
    const known = world.in.get(arrow.to) ?? world.out.get(arrow.from);
    if (JSON.stringify(known) !== JSON.stringify(arrow.ports)) arrows.push(arrow);
  }
  return { places, arrows, outside: [...externals.keys()] };
}

function partiesOf(cluster: MapCluster): ReadonlyMap<string, Party> {
  const stacks = new Map(cluster.stacks.map((stack) => [stack.name, stack]));
  const scope = withSharedRules(scopeOf(cluster));
  return new Map(
    cluster.services.map((service) => [
      service.key,
      createParty(service, stacks.get(service.stack), { scope }),
    ]),
  );
}

/** Swarm's own ingress network joins nobody to anybody. */
function neighbours({ networks, members }: MapCluster): ReadonlyMap<ServiceKey, ReadonlySet<ServiceKey>> {
  const near = new Map<ServiceKey, Set<ServiceKey>>();
  for (const { id, ingress } of networks) {
    if (ingress) continue;
    const all = members.get(id) ?? new Set<ServiceKey>();
    for (const key of all) {
      const known = near.get(key) ?? new Set<ServiceKey>();
      for (const other of all) known.add(other);
      near.set(key, known);
    }
  }
  return near;
}

/** The ports of a service that anybody outside can get at. */
function publishedOf({ service }: Party, ports: readonly PortSpan[]): readonly PortSpan[] {
  return service.ports.flatMap(({ protocol, target, published }): PortSpan[] => {
    if (published === undefined) return [];
    const open = ports.some((span) => {
      if (span.protocol === 'any') return true;
      if (span.protocol !== protocol) return false;
      return span.port === undefined || (span.port <= target && target <= (span.endPort ?? span.port));
    });
    return open ? [{ protocol, port: target }] : [];
  });
}
