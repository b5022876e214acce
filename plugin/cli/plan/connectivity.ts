import { createEvaluator } from '../../../rules/evaluator.ts';
import type { Place } from '../../../rules/evaluator.ts';
import { blockTest, parseAddress } from '../../../rules/address-block.ts';
import type { ClusterService } from '../../../rules/network-policy.ts';
import type { PortSpan } from '../../../rules/port-set.ts';
import type { AskedCluster } from '../can/cluster-question.ts';
import { addressOfWorld } from '../can/cluster-question.ts';

export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly PortSpan[];
}

export interface Connectivity {
  /** Services of the stack asked about first, then the others', then `world`, then blocks of addresses and DNS names. */
  readonly places: readonly string[];
  /** Those of the stack asked about; between two others nothing was asked. */
  readonly own: readonly string[];
  /** What the full policy lets through, audit or not; pairs that may not talk are left out. */
  readonly connections: readonly Connection[];
}

export const WORLD = 'world';

/** Blocks that its policies name, each with an address in it that no exception takes out. */
function addressBlocks(services: readonly ClusterService[]): ReadonlyMap<string, string> {
  const peers = services
    .flatMap(({ policies }) => policies.flatMap(({ ingress, egress }) => [...ingress, ...egress]))
    .flatMap((rule) => rule.peers.filter((peer) => peer.kind === 'ipBlock'));
  return new Map(
    peers.flatMap(({ cidr, except }): (readonly [string, string])[] => {
      const first = cidr.split('/')[0] ?? '';
      const address = parseAddress(first);
      return address?.kind() === 'ipv4' && !cidr.endsWith('/0') && blockTest(cidr, except)(address)
        ? [[cidr, first]]
        : [];
    }),
  );
}

function dnsNamesOf(services: readonly ClusterService[]): ReadonlySet<string> {
  const peers = services.flatMap(({ policies }) =>
    policies.flatMap(({ egress }) => egress.flatMap((rule) => rule.peers)),
  );
  return new Set(peers.flatMap((peer) => (peer.kind === 'name' ? peer.name : [])));
}

/** Who may talk to whom. Of other stacks only those are shown that have to do with this one. */
export function connectivity(cluster: AskedCluster): Connectivity {
  const evaluator = createEvaluator(cluster);
  const world: Place = { address: addressOfWorld(cluster) };
  const own = cluster.services.filter(({ stack }) => cluster.stack === undefined || stack === cluster.stack);
  const ownKeys = new Set(own.map(({ key }) => key));
  const others = cluster.services.filter(({ key }) => !ownKeys.has(key)).map(({ key }) => key);
  const blocks = addressBlocks(own);
  const dnsNames = dnsNamesOf(own);
  const names = [...ownKeys, ...others, WORLD, ...blocks.keys(), ...dnsNames];
  const placeOf = (name: string): Place => {
    if (name === WORLD) return world;
    if (dnsNames.has(name)) return { dnsName: name };
    const address = blocks.get(name);
    return address === undefined ? { service: name } : { address };
  };
  const connections = names.flatMap((from) =>
    names
      .filter((to) => to !== from && !dnsNames.has(from) && (ownKeys.has(from) || ownKeys.has(to)))
      .map((to) => ({ from, to, ports: evaluator.rulesBetween(placeOf(from), placeOf(to)) }))
      .filter(({ ports }) => ports.length > 0),
  );
  const linked = new Set(connections.flatMap(({ from, to }) => [from, to]));
  return {
    places: names.filter((name) => name === WORLD || ownKeys.has(name) || linked.has(name)),
    own: [...ownKeys],
    connections,
  };
}
