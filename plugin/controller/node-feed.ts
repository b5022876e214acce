import type { ClusterSettings } from '../../compose-ext/index.ts';
import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import type { HostFirewall } from '../../rules/host-firewall/host-firewall.ts';
import type { EdgePolicy, NetworkDelta, NetworkPolicy, UnderlayNodes } from '../../rules/network-policy.ts';
import type { ControllerMessage } from '../protocol.ts';

/** The cluster's policy as the calculator holds it now. */
export interface PolicySource {
  network(id: string): NetworkPolicy | undefined;
  edge(service: ServiceKey): EdgePolicy | undefined;
  readonly nodeAddresses: readonly string[];
  readonly settings: ClusterSettings;
  readonly underlay: UnderlayNodes;
}

/** What one node should have. */
export interface NodeInterest {
  readonly networks: Iterable<string>;
  readonly tasks: ReadonlyMap<string, ServiceKey>;
  readonly services: Iterable<ServiceKey>;
  /** Absent: no policy selects the node. */
  readonly hostFirewall?: HostFirewall | undefined;
}

export interface NodeFeed {
  /** Of the last message. */
  readonly revision: number;
  snapshot(revision: number, interest: NodeInterest, source: PolicySource): ControllerMessage;
  /** Undefined when nothing changed for this node. */
  delta(
    revision: number,
    deltas: readonly NetworkDelta[],
    interest: NodeInterest,
    source: PolicySource,
  ): ControllerMessage | undefined;
}

/**
 * Keeps what one node was sent, to send it only what changed. A network that a node has had it goes on getting until
 * nobody annotates it any more: its namespace may come back any time, and must be known by then.
 */
export function createNodeFeed(): NodeFeed {
  let revision = 0;
  const networks = new Set<string>();
  let tasks: ReadonlyMap<string, ServiceKey> = new Map();
  let edges = new Map<ServiceKey, string>();
  let addresses = '';
  let settings = '';
  let firewall = '';
  let underlay = '';

  function edgesOf(interest: NodeInterest, source: PolicySource): Map<ServiceKey, EdgePolicy> {
    const found = new Map<ServiceKey, EdgePolicy>();
    for (const service of interest.services) {
      const edge = source.edge(service);
      if (edge !== undefined) found.set(service, edge);
    }
    return found;
  }

  function remember(
    interest: NodeInterest,
    current: Map<ServiceKey, EdgePolicy>,
    source: PolicySource,
  ): void {
    tasks = new Map(interest.tasks);
    edges = new Map([...current].map(([key, edge]) => [key, JSON.stringify(edge)]));
    addresses = source.nodeAddresses.join(' ');
    settings = JSON.stringify(source.settings);
    firewall = textOf(interest);
    underlay = JSON.stringify(source.underlay);
  }

  function networkDeltas(
    deltas: readonly NetworkDelta[],
    interest: NodeInterest,
    source: PolicySource,
  ): NetworkDelta[] {
    const told = deltas.filter(({ network }) => networks.has(network));
    for (const { network, removed } of told) if (removed === true) networks.delete(network);
    for (const id of interest.networks) {
      const whole = networks.has(id) ? undefined : source.network(id);
      if (whole === undefined) continue;
      networks.add(id);
      told.push({ network: id, whole });
    }
    return told;
  }

  return {
    get revision() {
      return revision;
    },
    snapshot: (at, interest, source) => {
      revision = at;
      networks.clear();
      const policies = networkDeltas([], interest, source);
      const current = edgesOf(interest, source);
      remember(interest, current, source);
      return {
        type: 'snapshot',
        revision,
        policy: {
          networks: Object.fromEntries(
            policies.flatMap(({ network, whole }) => (whole ? [[network, whole] as const] : [])),
          ),
          tasks: Object.fromEntries(tasks),
          edges: Object.fromEntries(current),
          nodeAddresses: source.nodeAddresses,
          settings: source.settings,
          ...(interest.hostFirewall && { hostFirewall: interest.hostFirewall }),
          underlay: source.underlay,
        },
      };
    },
    delta: (at, deltas, interest, source) => {
      const changedNetworks = networkDeltas(deltas, interest, source);
      const changedTasks = changesOf(tasks, interest.tasks, (value) => value);
      const current = edgesOf(interest, source);
      const changedEdges = changesOf(edges, current, (edge) => JSON.stringify(edge));
      const moved = source.nodeAddresses.join(' ') !== addresses;
      const set = JSON.stringify(source.settings) !== settings;
      const same = changedNetworks.length === 0 && changedTasks === undefined && changedEdges === undefined;
      const guarded = textOf(interest) !== firewall;
      const shifted = JSON.stringify(source.underlay) !== underlay;
      if (same && !moved && !set && !guarded && !shifted) return undefined;
      revision = at;
      remember(interest, current, source);
      return {
        type: 'delta',
        revision,
        networks: changedNetworks,
        ...(changedTasks ? { tasks: changedTasks } : {}),
        ...(changedEdges ? { edges: changedEdges } : {}),
        ...(moved ? { nodeAddresses: source.nodeAddresses } : {}),
        ...(set ? { settings: source.settings } : {}),
        ...(guarded ? { hostFirewall: interest.hostFirewall ?? null } : {}),
        ...(shifted ? { underlay: source.underlay } : {}),
      };
    },
  };
}

function textOf({ hostFirewall }: NodeInterest): string {
  return JSON.stringify(hostFirewall ?? null);
}

/** New and changed values, null for those that went; undefined when there are none. */
function changesOf<T>(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, T>,
  text: (value: T) => string,
): Record<string, T | null> | undefined {
  const changes: Record<string, T | null> = {};
  for (const [key, value] of after) if (before.get(key) !== text(value)) changes[key] = value;
  for (const key of before.keys()) if (!after.has(key)) changes[key] = null;
  return Object.keys(changes).length === 0 ? undefined : changes;
}
