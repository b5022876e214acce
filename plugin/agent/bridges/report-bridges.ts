import type { AgentStatus, ClusterModel, GuardedNetwork } from '../../api/types.ts';
import type { ProgramHealth } from '../../protocol.ts';
import type { BridgePolicy } from './bridge-policy.ts';

export function localContainers({ view, facts, problems }: BridgePolicy): Pick<AgentStatus, 'containers'> {
  const projects = [...view.stacks.values()].filter(({ annotated }) => annotated).map(({ name }) => name);
  if (projects.length === 0 && problems.length === 0) return {};
  return {
    containers: {
      projects: projects.sort(),
      networks: facts.bridges.map(({ network }) => network.name).sort(),
      problems,
    },
  };
}

export function localModel({ view, facts, problems }: BridgePolicy): ClusterModel {
  return {
    revision: 0,
    stacks: [...view.stacks.values()],
    services: [...view.services.values()],
    networks: facts.bridges.map(({ network }) => network),
    clusterPolicies: [],
    groups: [],
    nodes: [],
    problems,
  };
}

export function guardedBridges(
  { facts, endpoints }: BridgePolicy,
  state: ProgramHealth['state'] | undefined,
): readonly GuardedNetwork[] {
  return facts.bridges.map(({ network, endpoints: attached, ports }) => ({
    network,
    namespace: '',
    state: state === 'applied' ? 'enforced' : 'failed',
    endpoints: Object.fromEntries(
      attached.map(({ address }) => [address, endpoints.get(address) ?? 'nobody known']),
    ),
    ports,
  }));
}
