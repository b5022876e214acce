import { DEFAULT_SETTINGS, type ClusterSettings } from '../../compose-ext/index.ts';
import { withAdministeredMode } from '../../rules/administered-mode.ts';
import type { CidrGroup, ClusterPolicy, ServiceKey } from '../../compose-ext/policy-model.ts';
import type { HostFirewall } from '../../rules/host-firewall/host-firewall.ts';
import type {
  ClusterService,
  Endpoint,
  NetworkInfo,
  StackSettings,
  UnderlayNodes,
} from '../../rules/network-policy.ts';
import type { RawNetwork, RawNode, RawService, RawTask } from '../docker/engine-data.ts';
import { isOverlay, toNetworkInfo } from '../docker/network-mapper.ts';
import { toNodeRecord, type NodeRecord } from '../docker/node-mapper.ts';
import { toServiceRecord, type ServiceRecord } from '../docker/service-mapper.ts';
import { isTaskMoving, toTaskRecord, type TaskRecord } from '../docker/task-mapper.ts';
import type { PoliciesInForce } from '../policy-store/stored-policies.ts';
import { endpointKey } from './cluster-diff.ts';
import { joinServices, type ServiceProblem } from './join-services.ts';
import { believedLoadBalancers, type NodeWords } from './load-balancers.ts';

/** What the calculator knows of the cluster: compare two with `diffCluster`. */
export interface ClusterView {
  readonly stacks: ReadonlyMap<string, StackSettings>;
  readonly services: ReadonlyMap<ServiceKey, ClusterService>;
  readonly networks: ReadonlyMap<string, NetworkInfo>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly nodeAddresses: readonly string[];
  readonly clusterPolicies: readonly ClusterPolicy[];
  readonly groups: readonly CidrGroup[];
  readonly settings: ClusterSettings;
  readonly underlay: UnderlayNodes;
}

export interface RunningAt {
  readonly service: ServiceKey;
  /** Its id. */
  readonly network: string;
  readonly address: string;
}

/** What decides which node is told what. */
export interface Placement {
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  readonly tasksByNode: ReadonlyMap<string, ReadonlyMap<string, ServiceKey>>;
  readonly networksByNode: ReadonlyMap<string, ReadonlySet<string>>;
  /** By node: where its running tasks are. */
  readonly runningByNode: ReadonlyMap<string, readonly RunningAt[]>;
  /** Services with a port in ingress mode: every node is an entry to them. */
  readonly ingressServices: readonly ServiceKey[];
  /** By node; absent where no policy selects it. */
  readonly hostFirewalls: ReadonlyMap<string, HostFirewall>;
}

export interface ClusterPicture {
  /** The services as Docker has them, by id. */
  readonly records: readonly ServiceRecord[];
  readonly view: ClusterView;
  readonly placement: Placement;
  readonly problems: readonly ServiceProblem[];
  /** Tasks are on their way: look again soon, Swarm has no event for it. */
  readonly moving: boolean;
}

export interface ClusterLists {
  readonly services: readonly RawService[];
  readonly tasks: readonly RawTask[];
  readonly nodes: readonly RawNode[];
  readonly networks: readonly RawNetwork[];
}

export const EMPTY_VIEW: ClusterView = {
  stacks: new Map(),
  services: new Map(),
  networks: new Map(),
  endpoints: new Map(),
  nodeAddresses: [],
  clusterPolicies: [],
  groups: [],
  settings: DEFAULT_SETTINGS,
  underlay: { addresses: [], unknown: [] },
};

/** Docker's lists, the agents' reports and the stored policies, joined. Only what managers say gives an identity. */
export function drawCluster(
  lists: ClusterLists,
  words: NodeWords,
  { policies, groups, settings }: PoliciesInForce,
  firewallsOf: (nodes: Iterable<NodeRecord>) => Placement['hostFirewalls'] = () => new Map(),
): ClusterPicture {
  const records = lists.services.map(toServiceRecord).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { stacks, services: joined, keyOf, problems } = joinServices(records);
  const services = new Map(
    [...joined].map(([key, service]) => [key, withAdministeredMode(service, settings)] as const),
  );
  const nodes = new Map(lists.nodes.map((raw) => [raw.ID, toNodeRecord(raw)]));
  const networks = new Map(lists.networks.filter(isOverlay).map((raw) => [raw.Id, toNetworkInfo(raw)]));
  const tasks = lists.tasks.flatMap((raw) => toTaskRecord(raw) ?? []);
  const endpoints = ownEndpoints(records, tasks, keyOf, networks);
  const placed = place(tasks, keyOf, networks);
  const known = [...nodes].map(
    ([id, { up }]) => [id, { up, networks: placed.networksByNode.get(id) ?? new Set<string>() }] as const,
  );
  const balancers = believedLoadBalancers(words, networks, endpoints, new Map(known), settings.nodes);
  for (const endpoint of balancers) endpoints.set(endpointKey(endpoint), endpoint);
  return {
    records,
    view: {
      stacks,
      services,
      networks,
      endpoints,
      nodeAddresses: [...nodes.values()].flatMap(({ address }) => (address === '' ? [] : [address])).sort(),
      clusterPolicies: policies,
      groups,
      settings,
      underlay: underlayOf(nodes.values(), words),
    },
    placement: {
      nodes,
      ...placed,
      ingressServices: entries(services),
      hostFirewalls: firewallsOf(nodes.values()),
    },
    problems,
    moving: lists.tasks.some(isTaskMoving),
  };
}

/** Agents tell of their own nodes only: what one says of itself opens no other's. */
function underlayOf(nodes: Iterable<NodeRecord>, words: NodeWords): UnderlayNodes {
  const known = [...nodes];
  return {
    addresses: [...new Set(known.flatMap(({ id }) => words.get(id)?.addresses ?? []))].sort(),
    unknown: known.flatMap(({ id, up, hostname }) => (up && !words.has(id) ? hostname : [])).sort(),
  };
}

function ownEndpoints(
  services: readonly ServiceRecord[],
  tasks: readonly TaskRecord[],
  keyOf: ReadonlyMap<string, ServiceKey>,
  networks: ReadonlyMap<string, NetworkInfo>,
): Map<string, Endpoint> {
  const endpoints = new Map<string, Endpoint>();
  const add = (service: ServiceKey | undefined, network: string, address: string): void => {
    if (service === undefined || !networks.has(network)) return;
    const endpoint: Endpoint = { network, address, owner: { kind: 'service', service } };
    endpoints.set(endpointKey(endpoint), endpoint);
  };
  for (const { id, virtualIps } of services)
    for (const [network, address] of virtualIps) add(keyOf.get(id), network, address);
  for (const { service, addresses } of tasks)
    for (const [network, address] of addresses) add(keyOf.get(service), network, address);
  return endpoints;
}

function place(
  tasks: readonly TaskRecord[],
  keyOf: ReadonlyMap<string, ServiceKey>,
  networks: ReadonlyMap<string, NetworkInfo>,
): Pick<Placement, 'tasksByNode' | 'networksByNode' | 'runningByNode'> {
  const tasksByNode = new Map<string, Map<string, ServiceKey>>();
  const networksByNode = new Map<string, Set<string>>();
  const runningByNode = new Map<string, RunningAt[]>();
  for (const { id, service, node, running, addresses } of tasks) {
    const key = keyOf.get(service);
    if (node === undefined || key === undefined) continue;
    entry(tasksByNode, node, () => new Map<string, ServiceKey>()).set(id, key);
    const here = entry(networksByNode, node, () => new Set<string>());
    const at = entry(runningByNode, node, (): RunningAt[] => []);
    for (const [network, address] of addresses) {
      if (!networks.has(network)) continue;
      here.add(network);
      if (running) at.push({ service: key, network, address });
    }
  }
  return { tasksByNode, networksByNode, runningByNode };
}

function entries(services: ReadonlyMap<ServiceKey, ClusterService>): ServiceKey[] {
  return [...services.values()].filter(({ ports }) => ports.some(isEntry)).map(({ key }) => key);
}

function isEntry({ published, mode }: ClusterService['ports'][number]): boolean {
  return published !== undefined && mode === 'ingress';
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}
