import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { admitsWorld } from './bridges/published-at.ts';
import type { GatewayTask } from './docker-user/near.ts';
import { hostPorts } from './docker-user/relays.ts';
import type { EdgePolicy } from './network-policy.ts';
import type { Chain, Program, Rule, SetDeclaration, Statement } from './nftables/program.ts';
import { programVersion } from './nftables/version.ts';
import { joinKey, PROTOCOL_NUMBERS } from './overlay/keys.ts';

/** In the node's own namespace. */
export const IPV6_EDGE_TABLE = 'swarmwall_ipv6';

/** A task's own IPv6 address beyond its overlays. */
export interface EdgeTask {
  readonly address: string;
  readonly service: ServiceKey;
}

export interface Ipv6EdgeInput {
  readonly tasks: readonly EdgeTask[];
  /** All that are here, at their IPv4 addresses. */
  readonly here: readonly GatewayTask[];
  readonly edges: ReadonlyMap<ServiceKey, EdgePolicy>;
}

const FORWARD_SETS = [
  { name: 'closed_out', key: ['ip6 saddr'] },
  { name: 'closed_in', key: ['ip6 daddr'] },
  { name: 'closed_pairs', key: ['ip6 saddr', 'ip6 daddr'] },
] as const satisfies readonly SetDeclaration[];
const PUBLISHED = {
  name: 'closed_published',
  key: ['meta l4proto', 'th dport'],
} as const satisfies SetDeclaration;

/** What a reply answers was let through in the other direction. */
const OPENING: Statement = { kind: 'is', field: 'ct direction', values: ['original'] };
const DROP: Rule = [{ kind: 'count', counter: 'denied' }, { kind: 'drop' }];

const CHAINS: readonly Chain[] = [
  {
    name: 'forward',
    hook: { name: 'forward', priority: -10, policy: 'accept' },
    rules: FORWARD_SETS.map(({ name, key }) => [OPENING, { kind: 'in', fields: key, set: name }, ...DROP]),
  },
  {
    name: 'input',
    hook: { name: 'input', priority: -10, policy: 'accept' },
    rules: [
      // docker-proxy takes IPv6 for tasks that have none, and hides the client.
      [
        OPENING,
        { kind: 'is', field: 'meta nfproto', values: ['ipv6'] },
        { kind: 'is-not', field: 'meta iifname', values: ['"lo"'] },
        { kind: 'in', fields: PUBLISHED.key, set: PUBLISHED.name },
        ...DROP,
      ],
    ],
  },
];

/**
 * DOCKER-USER's program judges IPv4. Where an administrator gives docker_gwbridge IPv6, an isolated task has that way out, or
 * in, closed altogether; one whose egress is open but for metadata has that closed. Ports in host mode are for everybody in
 * the world by IPv6, or for nobody. Undefined: nothing here is closed.
 */
export function ipv6EdgeProgram({ tasks, here, edges }: Ipv6EdgeInput): Program | undefined {
  const isolated = (direction: 'ingress' | 'egress') =>
    tasks.flatMap(({ address, service }) => {
      const { stance, pair } = edges.get(service) ?? {};
      return stance?.[direction] === 'isolated' || pair?.[direction] === 'isolated' ? [address] : [];
    });
  /** Of tasks that are isolated for these addresses alone. */
  const except = new Map(
    tasks.flatMap(({ address, service }) => {
      const { ipv6Except, pair } = edges.get(service) ?? {};
      return ipv6Except && pair?.egress !== 'isolated' ? [[address, ipv6Except] as const] : [];
    }),
  );
  const elements = new Map([
    ['closed_out', keys(isolated('egress').filter((address) => !except.has(address)))],
    ['closed_in', keys(isolated('ingress'))],
    [
      'closed_pairs',
      keys([...except].flatMap(([task, others]) => others.map((each) => joinKey(task, each)))),
    ],
    [PUBLISHED.name, keys(closedPorts(here, edges))],
  ]);
  if ([...elements.values()].every(({ size }) => size === 0)) return undefined;
  const constants = {
    family: 'inet',
    table: IPV6_EDGE_TABLE,
    sets: [...FORWARD_SETS, PUBLISHED],
    counters: ['denied'],
    chains: CHAINS,
  } as const;
  return { ...constants, version: programVersion(constants), elements };
}

function closedPorts(here: readonly GatewayTask[], edges: Ipv6EdgeInput['edges']): readonly string[] {
  return [...new Set(here.map(({ service }) => service))].flatMap((service) => {
    const edge = edges.get(service);
    if (edge === undefined) return [];
    return hostPorts(service, edge, here)
      .filter(({ protocol, target }) => !admitsWorld(edge, protocol, target))
      .map(({ protocol, published }) => joinKey(PROTOCOL_NUMBERS[protocol], published));
  });
}

function keys(values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(values.toSorted().map((value) => [value, '']));
}
