import { DEFAULT_SETTINGS, type ClusterSettings } from '../../compose-ext/cluster-policy/settings.ts';
import type { ServiceKey, ServiceLimit } from '../../compose-ext/policy-model.ts';
import type { HostFirewall } from '../../rules/host-firewall/host-firewall.ts';
import type {
  EdgePolicy,
  EndpointOwner,
  NetworkDelta,
  NetworkPolicy,
  NodeSnapshot,
  ServiceStance,
  UnderlayNodes,
} from '../../rules/network-policy.ts';
import { NetworkPolicyStore } from '../../rules/network-policy-store.ts';
import type { ControllerMessage } from '../protocol.ts';

export type PolicyMessage = Extract<ControllerMessage, { type: 'snapshot' | 'delta' }>;

export interface HeldPolicy {
  /** False until a manager has spoken since this agent's start: what is held then is from before. */
  readonly fresh: boolean;
  /** There is a policy, of a manager or saved. */
  readonly known: boolean;
  readonly revision: number;
  readonly tasks: ReadonlyMap<string, ServiceKey>;
  readonly edges: ReadonlyMap<ServiceKey, EdgePolicy>;
  readonly nodeAddresses: readonly string[];
  readonly settings: ClusterSettings;
  readonly hostFirewall: HostFirewall | undefined;
  readonly underlay: UnderlayNodes;
  network(id: string): NetworkPolicy | undefined;
  /** Of a network that has limited services. */
  limited(network: string):
    | {
        readonly limits: ReadonlyMap<ServiceKey, ServiceLimit>;
        readonly endpoints: ReadonlyMap<string, EndpointOwner>;
      }
    | undefined;
  /** Without copying the network, as the next two. */
  endpoint(network: string, address: string): EndpointOwner | undefined;
  stance(network: string, service: ServiceKey): ServiceStance | undefined;
  /** For people. */
  owner(network: string, address: string): string | undefined;
  networkIds(): readonly string[];
  /** The networks' changes, as guards take them. `reported`: networks that this manager was told are here. */
  take(message: PolicyMessage, reported: ReadonlySet<string>): readonly NetworkDelta[];
  whole(): NodeSnapshot;
}

const NO_UNDERLAY: UnderlayNodes = { addresses: [], unknown: [] };

/** The last policy that a manager sent, kept through its absence. */
export function holdPolicy(saved: NodeSnapshot | undefined): HeldPolicy {
  let store = storeOf(saved?.networks ?? {});
  let tasks = new Map(Object.entries(saved?.tasks ?? {}));
  let edges = new Map(Object.entries(saved?.edges ?? {}));
  let nodeAddresses = saved?.nodeAddresses ?? [];
  let settings = saved?.settings ?? DEFAULT_SETTINGS;
  let hostFirewall = saved?.hostFirewall;
  let underlay = saved?.underlay ?? NO_UNDERLAY;
  let fresh = false;
  let revision = 0;

  function idsOf(): string[] {
    return [...store.snapshot().keys()];
  }

  function takeSnapshot(policy: NodeSnapshot, reported: ReadonlySet<string>): NetworkDelta[] {
    const before = store;
    const deltas: NetworkDelta[] = Object.entries(policy.networks).map(([network, whole]) => ({
      network,
      whole,
    }));
    store = storeOf(policy.networks);
    for (const [network, old] of before.snapshot())
      if (policy.networks[network] === undefined)
        if (reported.has(network)) deltas.push({ network, removed: true });
        // Not among what the manager knew of this node: it has not said that nobody annotates it any more.
        else store.apply({ network, whole: old });
    tasks = new Map(Object.entries(policy.tasks));
    edges = new Map(Object.entries(policy.edges));
    ({ nodeAddresses, settings, underlay, hostFirewall } = policy);
    return deltas;
  }

  return {
    get fresh() {
      return fresh;
    },
    get known() {
      return fresh || saved !== undefined;
    },
    get revision() {
      return revision;
    },
    get tasks() {
      return tasks;
    },
    get edges() {
      return edges;
    },
    get nodeAddresses() {
      return nodeAddresses;
    },
    get settings() {
      return settings;
    },
    get hostFirewall() {
      return hostFirewall;
    },
    get underlay() {
      return underlay;
    },
    network: (id) => store.get(id),
    limited: (network) => {
      const table = store.table(network);
      const limits = new Map<ServiceKey, ServiceLimit>();
      for (const [key, { limit }] of table?.services ?? []) if (limit) limits.set(key, limit);
      return table === undefined || limits.size === 0 ? undefined : { limits, endpoints: table.endpoints };
    },
    endpoint: (network, address) => store.table(network)?.endpoints.get(address),
    stance: (network, service) => store.table(network)?.services.get(service),
    owner: (network, address) => {
      const owner = store.table(network)?.endpoints.get(address);
      return owner?.kind === 'service' ? owner.service : owner && `load balancer of ${owner.node}`;
    },
    networkIds: idsOf,
    take: (message, reported) => {
      fresh = true;
      revision = message.revision;
      if (message.type === 'snapshot') return takeSnapshot(message.policy, reported);
      for (const delta of message.networks) store.apply(delta);
      patch(tasks, message.tasks);
      patch(edges, message.edges);
      nodeAddresses = message.nodeAddresses ?? nodeAddresses;
      settings = message.settings ?? settings;
      if (message.hostFirewall !== undefined) hostFirewall = message.hostFirewall ?? undefined;
      underlay = message.underlay ?? underlay;
      return message.networks;
    },
    whole: () => ({
      networks: Object.fromEntries(store.snapshot()),
      tasks: Object.fromEntries(tasks),
      edges: Object.fromEntries(edges),
      nodeAddresses,
      settings,
      ...(hostFirewall && { hostFirewall }),
      underlay,
    }),
  };
}

function storeOf(networks: Readonly<Record<string, NetworkPolicy>>): NetworkPolicyStore {
  const store = new NetworkPolicyStore();
  for (const [network, whole] of Object.entries(networks)) store.apply({ network, whole });
  return store;
}

function patch<T>(map: Map<string, T>, changes: Readonly<Record<string, T | null>> = {}): void {
  for (const [key, value] of Object.entries(changes))
    if (value === null) map.delete(key);
    else map.set(key, value);
}
