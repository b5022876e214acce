import type {
  AnnotatedNetwork,
  ClusterModel,
  ControllerStatus,
  NodeStatus,
  PolicyStatus,
  UnheldTask,
} from '../api/types.ts';
import type { Config } from '../config.ts';
import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import type { NodeReport } from '../protocol.ts';
import type { NetworkPolicy } from '../../rules/network-policy.ts';
import { isAuthz } from '../policy-store/authz-documents.ts';
import { documentsInForce, policiesInForce, type StoredPolicies } from '../policy-store/stored-policies.ts';
import type { AgentSession } from './agent-session.ts';
import type { AuthzFeed } from './authz-feed.ts';
import type { ClusterPicture, RunningAt } from './cluster-view.ts';

export interface StatusSources {
  /** Revision of the last message to it. */
  sentTo(session: AgentSession): number;
  /** By network id. */
  readonly policies: ReadonlyMap<string, NetworkPolicy>;
  /** When its agent went, or when this controller began to wait for one. */
  missingSince(node: string): number;
}

/** Every node of the Swarm, with or without an agent. */
export function nodeStatuses(
  picture: ClusterPicture | undefined,
  sessions: ReadonlyMap<string, AgentSession>,
  { sentTo, policies, missingSince }: StatusSources,
): readonly NodeStatus[] {
  const balancers = [...(picture?.view.endpoints.values() ?? [])].flatMap(({ owner }) =>
    owner.kind === 'load-balancer' ? owner.node : [],
  );
  return [...(picture?.placement.nodes.values() ?? [])]
    .map((node): NodeStatus => {
      const session = sessions.get(node.id);
      const health = session?.report?.health;
      const missing = session === undefined && node.up;
      const running = session === undefined ? [] : (picture?.placement.runningByNode.get(node.id) ?? []);
      const unheld = unheldTasks(running, session?.report, policies);
      const trusted = balancers.filter((each) => each === node.id).length;
      return {
        id: node.id,
        hostname: node.hostname,
        role: node.role,
        address: node.address,
        state: session !== undefined ? 'connected' : node.up ? 'missing' : 'down',
        ...(missing ? { missing: { since: missingSince(node.id), trustedBalancers: trusted } } : {}),
        ...(node.engine === undefined ? {} : { engine: node.engine }),
        ...(session?.hello === undefined ? {} : { version: session.hello.version }),
        subscribed: session?.subscribed === true,
        revision: health?.revision ?? 0,
        current: session?.subscribed === true ? sentTo(session) : 0,
        ...(unheld.length === 0 ? {} : { unheld }),
        ...(health === undefined ? {} : { health }),
        ...(health?.authz === undefined ? {} : { authz: health.authz }),
        encryption: health?.encryption ?? 'unknown',
      };
    })
    .sort((a, b) => a.hostname.localeCompare(b.hostname) || a.id.localeCompare(b.id));
}

function unheldTasks(
  running: readonly RunningAt[],
  report: NodeReport | undefined,
  policies: ReadonlyMap<string, NetworkPolicy>,
): readonly UnheldTask[] {
  const held = new Set(
    report?.networks.flatMap(({ network, endpoints }) =>
      endpoints.flatMap((each) => (each.held ? `${network.id} ${each.address}` : [])),
    ),
  );
  return running.flatMap(({ service, network: id, address }) => {
    const network = policies.get(id)?.network.name;
    return network === undefined || held.has(`${id} ${address}`) ? [] : { service, network, address };
  });
}

export function policyStatus(
  stored: StoredPolicies,
  authz: Pick<AuthzFeed, 'revision' | 'problems'>,
): PolicyStatus {
  const { policies, groups, settings } = policiesInForce(stored);
  return {
    policies: policies.length,
    groups: groups.length,
    settings,
    versions: Object.fromEntries(
      [...stored.histories.values()].flatMap(({ name, inForce }) =>
        inForce ? [[name, inForce.version] as const] : [],
      ),
    ),
    authz: { revision: authz.revision, documents: documentsInForce(stored).filter(isAuthz).length },
    problems: [...stored.problems, ...authz.problems],
  };
}

export function logRetention({
  auditDays,
  auditMegabytes,
  auditSyslog,
}: Config): NonNullable<ControllerStatus['logs']> {
  return { auditDays, auditMegabytes, ...(auditSyslog === undefined ? {} : { auditSyslog }) };
}

export function annotatedNetworks(
  policies: ReadonlyMap<string, NetworkPolicy>,
  sessions: ReadonlyMap<string, AgentSession>,
): readonly AnnotatedNetwork[] {
  return [...policies.values()].map(({ network, endpoints, services, allows }) => ({
    network,
    services: Object.keys(services).sort() satisfies ServiceKey[],
    endpoints: Object.keys(endpoints).length,
    allows: Object.keys(allows).length,
    nodes: [...sessions]
      .filter(([, { report }]) => report?.networks.some((local) => local.network.id === network.id))
      .map(([node]) => node)
      .sort(),
  }));
}

export function clusterModel(
  revision: number,
  picture: ClusterPicture,
  nodes: readonly NodeStatus[],
): ClusterModel {
  const { metadataAddresses } = picture.view.settings;
  return {
    revision,
    stacks: [...picture.view.stacks.values()],
    services: [...picture.view.services.values()],
    networks: [...picture.view.networks.values()],
    clusterPolicies: picture.view.clusterPolicies,
    groups: picture.view.groups,
    ...(metadataAddresses === undefined ? {} : { metadataAddresses }),
    nodes: nodes.map(({ id, hostname, role, state, encryption }) => ({
      id,
      hostname,
      role,
      state,
      encryption,
    })),
    problems: picture.problems,
  };
}
