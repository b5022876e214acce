import type { AdmissionPolicy } from '../../../compose-ext/index.ts';
import type { NodeFacts, ReportFacts } from '../../../rules/report/report.ts';
import type { ClusterModel, ControllerStatus, NodeStatus } from '../../api/types.ts';
import { authzInForce, readStoredPolicies } from '../../policy-store/stored-policies.ts';
import { CliFailure } from '../failure.ts';
import type { Session } from '../session.ts';
import { isNodeHealthy, nodeState } from '../status/health.ts';

/** @throws CliFailure `no-controller` */
export async function gatherReport({ world, config }: Session): Promise<ReportFacts> {
  const [model, status] = await Promise.all([
    world.getApi<ClusterModel>('controller', '/v1/model'),
    world.getApi<ControllerStatus>('controller', '/v1/status'),
  ]);
  if (!model || !status)
    throw new CliFailure('no-controller', 'no controller runs on this node', {
      hint: 'Run it on a manager that runs swarmwall controller.',
    });
  const admission = await admissionOf(world);
  const { metadataAddresses } = model;
  return {
    ...{ at: world.clock.now(), version: config.version },
    cluster: {
      stacks: model.stacks,
      services: model.services,
      clusterPolicies: model.clusterPolicies,
      groups: model.groups,
      ...(metadataAddresses === undefined ? {} : { metadataAddresses }),
    },
    networks: model.networks,
    nodes: status.nodes.map(nodeFacts),
    settings: status.clusterPolicies.settings,
    ...(admission && { admission }),
    logs: status.logs ?? {},
    problems: [
      ...model.problems.map(({ service, code, message }) => ({
        subject: `service ${service}`,
        message: `${code}: ${message}`,
      })),
      ...status.clusterPolicies.problems.map(({ config: subject, code, message }) => ({
        subject: `policy ${subject}`,
        message: `${code}: ${message}`,
      })),
    ],
  };
}

function nodeFacts(node: NodeStatus): NodeFacts {
  const { hostname, role, health } = node;
  const state = nodeState(node);
  const firewall = health?.hostFirewall;
  return {
    ...{ hostname, role, state, enforced: state !== 'down' && isNodeHealthy(node), down: state === 'down' },
    driftRepaired: health?.driftRepaired ?? 0,
    ...(firewall && { hostFirewall: { state: firewall.state, policies: firewall.policies } }),
    encrypted: health?.encrypted ?? [],
    ...(health?.verdictLog && { verdictLog: health.verdictLog }),
  };
}

/** Who may not ask Docker still gets the rest of the report, which says so. */
async function admissionOf(world: Session['world']): Promise<readonly AdmissionPolicy[] | undefined> {
  try {
    const swarm = await world.connectSwarm();
    return authzInForce(readStoredPolicies(await swarm.policyConfigs())).admission;
  } catch {
    return undefined;
  }
}
