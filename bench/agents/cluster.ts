import { bareAddress, toNetworkInfo } from '../../plugin/docker/network-mapper.ts';
import type { LocalNetwork } from '../../plugin/protocol.ts';
import type { RawNetwork, RawNode, RawService, RawTask } from '../../plugin/docker/engine-data.ts';

/** What a manager's engine would list: one service on every node, and many on some. */
export interface Cluster {
  readonly nodes: readonly RawNode[];
  readonly networks: readonly RawNetwork[];
  readonly services: readonly RawService[];
  readonly tasks: readonly RawTask[];
}

const STACKS = 50;
const SERVICES_PER_STACK = 4;
const TASKS_PER_SERVICE = 20;

export const nodeId = (at: number): string => `node${String(at).padStart(21, '0')}`;

/** `everywhere`: the labels of the service that each node has a task of. */
export function makeCluster(nodes: number, everywhere: Readonly<Record<string, string>>): Cluster {
  const stacks = Array.from({ length: STACKS }, (_, stack) => stack);
  return {
    nodes: Array.from({ length: nodes }, (_, at) => ({
      ID: nodeId(at),
      Spec: { Role: at === 0 ? 'manager' : 'worker', Availability: 'active' },
      Description: { Hostname: `host${String(at)}`, Engine: { EngineVersion: '28.5.2' } },
      Status: { State: 'ready', Addr: `10.128.${String(at >> 8)}.${String(at & 255)}` },
    })),
    networks: [
      network('agents', '10.64.0.0/16'),
      ...stacks.map((at) => network(stackName(at), subnetOf(at))),
    ],
    services: [
      service('agents', 'collector', everywhere),
      ...stacks.flatMap((at) =>
        names().map((name, index) =>
          service(stackName(at), name, {
            'swarmwall.ingress':
              index === 0 ? 'world:8080' : `s${String(index - 1)}:5432 agents/collector:9100`,
          }),
        ),
      ),
    ],
    tasks: [
      ...Array.from({ length: nodes }, (_, at) =>
        task('agents', 'collector', at, at, `10.64.${String((at + 2) >> 8)}.${String((at + 2) & 255)}/16`),
      ),
      ...stacks.flatMap((stack) =>
        names().flatMap((name, index) =>
          Array.from({ length: TASKS_PER_SERVICE }, (_, at) => {
            const address = 2 + index * TASKS_PER_SERVICE + at;
            const on = (stack * 97 + address * 13) % nodes;
            return task(stackName(stack), name, at, on, `10.65.${String(stack)}.${String(address)}/24`);
          }),
        ),
      ),
    ],
  };
}

/** What a node's agent would tell of its tasks, with all their rules in the kernel. */
export function networksOn(at: number, { networks, tasks }: Cluster): readonly LocalNetwork[] {
  const here = tasks.filter(({ NodeID }) => NodeID === nodeId(at));
  return networks.flatMap((raw) => {
    const endpoints = here.flatMap(({ ID, NetworksAttachments }) =>
      (NetworksAttachments ?? [])
        .filter(({ Network }) => Network?.ID === raw.Id)
        .map(({ Addresses }) => ({
          address: bareAddress(Addresses?.[0] ?? '') ?? '',
          container: `container-of-${ID}`,
          task: ID,
          held: true as const,
        })),
    );
    return endpoints.length === 0 ? [] : [{ network: toNetworkInfo(raw), endpoints }];
  });
}

const stackName = (at: number): string => `stack${String(at)}`;
const subnetOf = (at: number): string => `10.65.${String(at)}.0/24`;
const names = (): readonly string[] =>
  Array.from({ length: SERVICES_PER_STACK }, (_, at) => `s${String(at)}`);

function network(stack: string, subnet: string): RawNetwork {
  return {
    Id: networkId(stack),
    Name: `${stack}_default`,
    Driver: 'overlay',
    Scope: 'swarm',
    IPAM: { Config: [{ Subnet: subnet }] },
  };
}

const networkId = (stack: string): string => `net${stack}`.padEnd(25, '0');

function service(stack: string, name: string, labels: Readonly<Record<string, string>>): RawService {
  return {
    ID: `${stack}-${name}`,
    Spec: { Name: `${stack}_${name}`, Labels: { 'com.docker.stack.namespace': stack, ...labels } },
  };
}

function task(stack: string, name: string, at: number, node: number, address: string): RawTask {
  return {
    ID: `task${stack}${name}n${String(at)}`,
    ServiceID: `${stack}-${name}`,
    NodeID: nodeId(node),
    DesiredState: 'running',
    Status: { State: 'running' },
    NetworksAttachments: [{ Network: { ID: networkId(stack) }, Addresses: [address] }],
  };
}
