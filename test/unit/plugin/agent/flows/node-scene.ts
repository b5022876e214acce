import { NO_BRIDGES, type BridgeFacts } from '../../../../../plugin/agent/bridges/bridge-facts.ts';
import type { GuardedFile } from '../../../../../plugin/agent/network-guards.ts';
import type { LocalFacts } from '../../../../../plugin/agent/local-facts.ts';
import type { DockerUserInput } from '../../../../../rules/docker-user/docker-user.ts';
import type { Ipv6EdgeInput } from '../../../../../rules/ipv6-edge.ts';
import type { NetworkPolicy, NodeSnapshot } from '../../../../../rules/network-policy.ts';
import { DEFAULT_SETTINGS } from '../../../../../compose-ext/index.ts';

const network = { id: 'n1', name: 'voting_back', subnets: [], encrypted: false, ingress: false };
export const policy: NetworkPolicy = {
  network,
  endpoints: {
    '10.0.0.2': { kind: 'service', service: 'voting/web' },
    '10.0.0.3': { kind: 'service', service: 'voting/db' },
    '10.0.0.4': { kind: 'service', service: 'voting/db' },
    '10.0.0.9': { kind: 'load-balancer', node: 'two' },
  },
  services: {
    'voting/web': { ingress: 'open', egress: 'open' },
    'voting/db': { ingress: 'audit', egress: 'open' },
  },
  allows: {},
};
export const snapshot: NodeSnapshot = {
  ...{ networks: { n1: policy }, tasks: {}, edges: {}, nodeAddresses: [], settings: DEFAULT_SETTINGS },
  underlay: { addresses: [], unknown: [] },
};
export const facts = {
  overlays: [
    {
      ...{ network, segment: false, file: '1-n1', loadBalancer: '10.0.0.8', names: new Map() },
      endpoints: [{ address: '10.0.0.2', container: 'c2', task: 't2' }],
      ports: [{ port: 'veth2', mac: '02:00:00:00:00:02', addresses: ['10.0.0.2', 'fd00::2'] }],
    },
  ],
} as unknown as LocalFacts;
/** web on docker_gwbridge, which publishes 80 as 8080 of the mesh. */
export const edge: DockerUserInput = {
  tasks: [
    { address: '172.18.0.5', service: 'voting/web' },
    { address: '172.30.0.2', service: 'container shop/api', bridge: true },
  ],
  sandbox: '172.18.0.2',
  edges: {
    'voting/web': {
      stance: { ingress: 'isolated', egress: 'audit' },
      pair: { ingress: 'isolated', egress: 'isolated' },
      ...{ near: [], ingress: [], egress: [] },
      published: [
        { protocol: 'tcp', published: 8080, target: 80, mode: 'ingress' },
        { protocol: 'tcp', published: 9090, target: 90, mode: 'host' },
      ],
    },
  },
  gatewaySubnets: ['172.18.0.0/16', '172.30.0.0/16', 'fd18::/64'],
  nodeAddresses: ['192.0.2.1', '192.0.2.2'],
};
/** web again, where docker_gwbridge has IPv6. */
export const edge6: Ipv6EdgeInput = {
  tasks: [{ address: 'fd18::5', service: 'voting/web' }],
  here: edge.tasks,
  edges: new Map(Object.entries(edge.edges)),
};
export const shop: BridgeFacts = {
  ...NO_BRIDGES,
  subnets: ['172.30.0.0/16'],
  containers: [
    {
      ...{ id: 'c7', stack: 'shop', service: 'api', labels: {}, ignored: [], created: 0, networks: [] },
      published: [{ protocol: 'tcp', target: 3000, published: 30, mode: 'host', loopback: false }],
    },
  ],
  bridges: [
    {
      network: { id: 's1', name: 'shop_default', subnets: [], encrypted: false, ingress: false },
      ...{ device: 'br-1', members: [], ports: [] },
      endpoints: [{ container: 'c7', address: '172.30.0.2' }],
    },
  ],
};
export const guarded = {
  ...{ file: '1-n1', namespace: { path: '/run/docker/netns/1-n1' }, guard: { network } },
} as unknown as GuardedFile;
