import type {
  CidrGroup,
  ClusterPolicy,
  Policy,
  PolicyModel,
  ServiceModel,
  StackModel,
} from '../compose-ext/policy-model.ts';
import type { ClusterService, StackSettings } from './network-policy.ts';
import { matchesSelector } from '../compose-ext/selector.ts';

/** The cluster that this model would be when deployed, each policy attached to every service that it selects. */
export function clusterFromModel(model: PolicyModel): {
  readonly stacks: readonly StackSettings[];
  readonly services: readonly ClusterService[];
  readonly clusterPolicies: readonly ClusterPolicy[];
  readonly groups: readonly CidrGroup[];
} {
  return {
    stacks: model.stacks.map(({ name, labels, annotated, defaults, mode, dns, origin }) => ({
      name,
      labels,
      annotated,
      defaults,
      mode,
      ...(dns && { dns }),
      origin,
    })),
    services: model.stacks.flatMap((stack) =>
      stack.services.map((service) => clusterService(stack, service)),
    ),
    clusterPolicies: model.clusterPolicies ?? [],
    groups: model.groups ?? [],
  };
}

export function selects(
  { target }: Policy,
  { name, labels }: Pick<ServiceModel, 'name' | 'labels'>,
): boolean {
  return target.kind === 'service' ? target.service === name : matchesSelector(target.services, labels);
}

function clusterService(stack: StackModel, service: ServiceModel): ClusterService {
  return {
    key: `${stack.name}/${service.name}`,
    stack: stack.name,
    name: service.name,
    labels: service.labels,
    ports: service.ports,
    ...(service.limit && { limit: service.limit }),
    ...(service.mode && { mode: service.mode }),
    policies: stack.policies.filter((policy) => selects(policy, service)),
  };
}
