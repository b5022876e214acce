import type { ServiceKey } from '../compose-ext/policy-model.ts';
import type { EdgePolicy } from './network-policy.ts';
import type { Program, Rule, SetDeclaration } from './nftables/program.ts';
import { programVersion } from './nftables/version.ts';
import { joinKey } from './overlay/keys.ts';

/** In the node's own namespace. */
export const IPV6_EDGE_TABLE = 'swarmwall_ipv6';

/** A task's own IPv6 address beyond its overlays. */
export interface EdgeTask {
  readonly address: string;
  readonly service: ServiceKey;
}

const SETS = [
  { name: 'closed_out', key: ['ip6 saddr'] },
  { name: 'closed_in', key: ['ip6 daddr'] },
  { name: 'closed_pairs', key: ['ip6 saddr', 'ip6 daddr'] },
] as const satisfies readonly SetDeclaration[];

/** What a reply answers was let through in the other direction. */
const RULES: readonly Rule[] = SETS.map(({ name, key }) => [
  { kind: 'is', field: 'ct direction', values: ['original'] },
  { kind: 'in', fields: key, set: name },
  { kind: 'count', counter: 'denied' },
  { kind: 'drop' },
]);

/**
 * DOCKER-USER's program judges IPv4. Where an administrator gives docker_gwbridge IPv6, an isolated task has that way out, or
 * in, closed altogether; one whose egress is open but for metadata has that closed. Undefined: none of these tasks has one.
 */
export function ipv6EdgeProgram(
  tasks: readonly EdgeTask[],
  edges: ReadonlyMap<ServiceKey, EdgePolicy>,
): Program | undefined {
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
  ]);
  if ([...elements.values()].every(({ size }) => size === 0)) return undefined;
  const constants = {
    family: 'inet',
    table: IPV6_EDGE_TABLE,
    sets: SETS,
    counters: ['denied'],
    chains: [{ name: 'forward', hook: { name: 'forward', priority: -10, policy: 'accept' }, rules: RULES }],
  } as const;
  return { ...constants, version: programVersion(constants), elements };
}

function keys(values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(values.map((value) => [value, '']));
}
