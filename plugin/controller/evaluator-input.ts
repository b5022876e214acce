import type { EvaluatorInput } from '../../rules/evaluator.ts';
import type { ClusterView } from './cluster-view.ts';

/** The cluster as the evaluator takes it. */
export function evaluatorInput(view: ClusterView): EvaluatorInput {
  const { metadataAddresses } = view.settings;
  return {
    stacks: [...view.stacks.values()],
    services: [...view.services.values()],
    nodeAddresses: view.nodeAddresses,
    clusterNets: [...view.networks.values()].flatMap(({ subnets }) => subnets),
    clusterPolicies: view.clusterPolicies,
    groups: view.groups,
    ...(metadataAddresses === undefined ? {} : { metadataAddresses }),
  };
}
