import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import type { ClusterPicture } from '../controller/cluster-view.ts';
import type { LiveCluster } from './map-source.ts';

/** The controller's picture, in the map's words. */
export function liveClusterOf({ view, placement }: ClusterPicture): LiveCluster {
  const members = new Map<string, Set<ServiceKey>>();
  for (const { network, owner } of view.endpoints.values())
    if (owner.kind === 'service') entry(members, network, () => new Set<ServiceKey>()).add(owner.service);
  const nodesOf = new Map<ServiceKey, string[]>();
  for (const [node, tasks] of placement.tasksByNode)
    for (const key of new Set(tasks.values()))
      entry(nodesOf, key, () => []).push(placement.nodes.get(node)?.hostname ?? node);
  for (const nodes of nodesOf.values()) nodes.sort();
  const { metadataAddresses } = view.settings;
  return {
    stacks: [...view.stacks.values()],
    services: [...view.services.values()],
    networks: [...view.networks.values()],
    ...{ members, nodesOf },
    nodeAddresses: view.nodeAddresses,
    clusterNets: [...view.networks.values()].flatMap(({ subnets }) => subnets),
    clusterPolicies: view.clusterPolicies,
    groups: view.groups,
    ...(metadataAddresses === undefined ? {} : { metadataAddresses }),
  };
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

/** The same cluster as long as it is the same picture. */
export function mapCluster(picture: () => ClusterPicture | undefined): () => LiveCluster | undefined {
  let last: ClusterPicture | undefined;
  let shown: LiveCluster | undefined;
  return () => {
    const now = picture();
    if (now !== last) [last, shown] = [now, now && liveClusterOf(now)];
    return shown;
  };
}
