import type { LoadedManifests, PolicyModel, ServiceKey, SkippedObject } from '../../../compose-ext/index.ts';
import { parseAddress } from '../../../rules/address-block.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import type { EvaluatorInput } from '../../../rules/evaluator.ts';
import { outsidePlaces } from '../../../rules/outside-places.ts';
import type { ProbedCluster } from '../../../rules/probe.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import { CliFailure } from '../failure.ts';

/** A cluster with every place that is shown: its services, and those outside. */
export interface ShownCluster extends ProbedCluster {
  readonly externals: ReadonlyMap<string, string>;
  readonly skipped: readonly SkippedObject[];
}

type Bare = Omit<ProbedCluster, 'externals'> & Pick<ShownCluster, 'skipped'>;

export function clusterOfStacks(model: PolicyModel): Bare {
  return { ...clusterFromModel(model), skipped: [] };
}

export function clusterOfManifests(
  { cluster, skipped }: Pick<LoadedManifests, 'cluster' | 'skipped'>,
  { ipblockWorkloads }: Pick<ClusterOptions, 'ipblockWorkloads'>,
): Bare {
  return {
    ...clusterFromModel(cluster.model),
    ...(ipblockWorkloads === 'on' && { addresses: cluster.addresses }),
    owners: ownersOf(cluster.addresses),
    single: cluster.single,
    skipped,
  };
}

/** Of all: places that only one of two clusters tells apart are shown for both. */
export function outsideOf(clusters: readonly Bare[]): ReadonlyMap<string, string> {
  const all = <T>(of: (cluster: Bare) => Iterable<T> | undefined): T[] =>
    clusters.flatMap((cluster) => [...(of(cluster) ?? [])]);
  return outsidePlaces({
    stacks: [],
    services: all(({ services }) => services),
    owners: new Map(all(({ owners }) => owners)),
    nodeAddresses: all(({ nodeAddresses }) => nodeAddresses),
    clusterNets: all(({ clusterNets }) => clusterNets),
    clusterPolicies: all(({ clusterPolicies }) => clusterPolicies),
    groups: all(({ groups }) => groups),
  });
}

/** @throws CliFailure for a name that is a service's or a block's already */
export function withPlaces(
  cluster: Bare,
  outside: ReadonlyMap<string, string>,
  named: ReadonlyMap<string, string> = new Map(),
): ShownCluster {
  const keys = new Set(cluster.services.map(({ key }) => key));
  for (const name of named.keys())
    if (keys.has(name) || outside.has(name))
      throw new CliFailure('bad-usage', `--external ${name}: there is a place called so already`);
  return { ...cluster, externals: new Map([...outside, ...named]) };
}

/** By addresses as the evaluator writes them. One that several have is a node's: whose it is nobody can say. */
function ownersOf(addresses: ReadonlyMap<ServiceKey, readonly string[]>): ReadonlyMap<string, ServiceKey> {
  const owners = new Map<string, ServiceKey>();
  const shared = new Set<string>();
  for (const [key, texts] of addresses)
    for (const text of texts) {
      const address = parseAddress(text)?.toNormalizedString();
      if (address === undefined) continue;
      if (owners.has(address)) shared.add(address);
      owners.set(address, key);
    }
  for (const address of shared) owners.delete(address);
  return owners;
}

export function placesOf({
  services,
  externals,
}: EvaluatorInput & Pick<ShownCluster, 'externals'>): string[] {
  return [...services.map(({ key }) => key), ...externals.keys()];
}
