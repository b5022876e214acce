import type { Peer, Policy, PolicyRule, Selector } from '../compose-ext/policy-model.ts';
import type { ClusterChange, ClusterService, StackSettings } from '../rules/network-policy.ts';

const STACKS = 1000;
const SERVICES_PER_STACK = 10;
/** Shared by many stacks, as a reverse proxy's or a monitor's network is: 1,000 endpoints each. */
const SHARED_NETWORKS = 20;
const ENDPOINTS_PER_SERVICE = 10;

export interface BenchCluster {
  readonly changes: readonly ClusterChange[];
  readonly services: readonly ClusterService[];
  /** The id of a network with about 1,000 endpoints, and services on it. */
  readonly largeNetwork: string;
  readonly onLargeNetwork: readonly ClusterService[];
  readonly counts: {
    readonly services: number;
    readonly endpoints: number;
    readonly policies: number;
    readonly networks: number;
  };
}

/**
 * The scale case: 1,000 stacks of 10 services, 2,020 networks, 100,000 endpoints and 10,000 policies; two
 * fifths of the services are on a shared network, too. The same at every run.
 */
export function createBenchCluster(): BenchCluster {
  const stacks = Array.from({ length: STACKS }, (_, index) => stackSettings(index));
  const services = stacks.flatMap((_, stack) =>
    Array.from({ length: SERVICES_PER_STACK }, (__, index) => clusterService(stack, index)),
  );
  const placements = services.flatMap((service, index) =>
    networksOf(index).map((network) => ({ service, network })),
  );
  const networks = [...new Set(placements.map(({ network }) => network))];
  const endpoints = placements.flatMap(({ service, network }, index) =>
    endpointChanges(service, network, index),
  );
  const large = 'shared-0';
  return {
    changes: [
      ...stacks.map((stack): ClusterChange => ({ kind: 'stack', stack })),
      ...networks.map((id): ClusterChange => ({ kind: 'network', network: networkInfo(id) })),
      ...services.map((service): ClusterChange => ({ kind: 'service', service })),
      ...endpoints,
    ],
    services,
    largeNetwork: large,
    onLargeNetwork: placements.flatMap(({ service, network }) => (network === large ? [service] : [])),
    counts: {
      services: services.length,
      endpoints: endpoints.length,
      policies: services.reduce((total, { policies }) => total + policies.length, 0),
      networks: networks.length,
    },
  };
}

function stackSettings(index: number): StackSettings {
  const name = `stack-${index}`;
  return {
    name,
    labels: { name, 'kubernetes.io/metadata.name': name, team: `team-${index % 40}` },
    annotated: true,
    defaults: { ingress: 'deny', egress: 'allow' },
    mode: index % 10 === 0 ? 'audit' : 'enforce',
  };
}

/** Each service has one policy. By turns: its neighbours by name, by label, a team's scrapers, anyone, egress. */
function clusterService(stackIndex: number, index: number): ClusterService {
  const stack = `stack-${stackIndex}`;
  const name = `service-${index}`;
  return {
    key: `${stack}/${name}`,
    stack,
    name,
    labels: { app: name, tier: index % 3 === 0 ? 'front' : 'back', role: index === 9 ? 'scraper' : 'worker' },
    ports: [{ protocol: 'tcp', target: 8080, name: 'http' }],
    policies: [policyOf(stack, stackIndex, index)],
  };
}

function policyOf(stack: string, stackIndex: number, index: number): Policy {
  const near = (offset: number): Peer => ({
    kind: 'service',
    stack,
    service: `service-${(index + offset) % SERVICES_PER_STACK}`,
  });
  const scrapers: Peer = {
    kind: 'selector',
    stacks: matching({ team: `team-${stackIndex % 40}` }),
    services: matching({ role: 'scraper' }),
  };
  const front: Peer = { kind: 'selector', services: matching({ tier: 'front' }) };
  const ingress: readonly (readonly PolicyRule[])[] = [
    [rule([{ kind: 'any' }], 8080), rule([near(1)], 9000)],
    [rule([near(1), near(2), near(3)], 8080), rule([scrapers], 9090)],
    [rule([front], 8080), rule([scrapers], 9090)],
    [rule([near(4)], 'http'), rule([{ kind: 'ipBlock', cidr: '203.0.113.0/24', except: [] }], 443)],
    [rule([front, near(5)], 5432)],
  ];
  const isolatesEgress = index === 8;
  return {
    name: `service-${index}.policy`,
    stack,
    target: { kind: 'service', service: `service-${index}` },
    directions: isolatesEgress ? ['ingress', 'egress'] : ['ingress'],
    ingress: ingress[index % ingress.length] ?? [],
    egress: isolatesEgress ? [rule([near(1), near(2)], 8080), rule([{ kind: 'world' }], 443)] : [],
    origin: { file: 'compose.yaml', line: index + 1, column: 7 },
  };
}

function rule(peers: readonly Peer[], port: number | string): PolicyRule {
  return { peers, ports: [{ protocol: 'tcp', port }], origin: { file: 'compose.yaml', line: 1, column: 9 } };
}

function matching(matchLabels: Selector['matchLabels']): Selector {
  return { matchLabels, matchExpressions: [] };
}

/** Two for each service: its half of the stack's, and the other half's or a shared one. */
function networksOf(service: number): string[] {
  const stack = Math.floor(service / SERVICES_PER_STACK);
  const half = service % 2 === 0 ? 'even' : 'odd';
  const other = half === 'even' ? 'odd' : 'even';
  const turn = service + stack;
  const second = turn % 5 < 3 ? other : undefined;
  return [
    `${stack}-${half}`,
    second ? `${stack}-${second}` : `shared-${(stack + service * 3) % SHARED_NETWORKS}`,
  ];
}

/** Four tasks and a VIP. */
function endpointChanges(service: ClusterService, network: string, placement: number): ClusterChange[] {
  const perNetwork = ENDPOINTS_PER_SERVICE / 2;
  return Array.from({ length: perNetwork }, (_, index) => ({
    kind: 'endpoint' as const,
    endpoint: {
      network,
      address: addressOf(placement * perNetwork + index),
      owner: { kind: 'service' as const, service: service.key },
    },
  }));
}

function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

function networkInfo(id: string) {
  return { id, name: id, subnets: ['10.0.0.0/8'], encrypted: true, ingress: false };
}
