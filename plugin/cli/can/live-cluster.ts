import type { ClusterModel, ControllerStatus } from '../../api/types.ts';
import { CliFailure } from '../failure.ts';
import type { World } from '../world.ts';
import type { AskedCluster } from './cluster-question.ts';

/** The cluster as the controller on this node knows it; where there is none, the containers that its agent judges. */
export async function liveCluster(world: World): Promise<AskedCluster> {
  const model = await world.getApi<ClusterModel>('controller', '/v1/model');
  const status = await world.getApi<ControllerStatus>('controller', '/v1/status');
  if (!model || !status) return localCluster(world);
  const { metadataAddresses } = model;
  return {
    stacks: model.stacks,
    services: model.services,
    clusterPolicies: model.clusterPolicies,
    groups: model.groups,
    nodeAddresses: status.nodes.flatMap(({ address }) => (address ? [address] : [])),
    ...(metadataAddresses === undefined ? {} : { metadataAddresses }),
    clusterNets: model.networks.flatMap(({ subnets }) => subnets),
  };
}

async function localCluster(world: World): Promise<AskedCluster> {
  const model = await world.getApi<ClusterModel>('agent', '/v1/model');
  if (!model || model.services.length === 0)
    throw new CliFailure('no-controller', 'no controller runs on this node', {
      hint: 'Ask on a manager that runs swarmwall controller, or ask files: -c compose.yaml.',
    });
  return {
    stacks: model.stacks,
    services: model.services,
    clusterNets: model.networks.flatMap(({ subnets }) => subnets),
  };
}
