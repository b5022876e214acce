import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { judgeWorld } from './bridges/published-at.ts';
import type { GatewayTask } from './docker-user/near.ts';
import { hostPorts } from './docker-user/relays.ts';
import { CHAINS, COUNTERS, type Ipv6EdgeSet, SETS } from './ipv6-edge-chains.ts';
import type { KernelVerdict } from './kernel-semantics.ts';
import type { EdgePolicy } from './network-policy.ts';
import type { Program } from './nftables/program.ts';
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

/**
 * DOCKER-USER's program judges IPv4. Where an administrator gives docker_gwbridge IPv6, an isolated task has that way out, or
 * in, closed altogether; one whose egress is open but for metadata has that closed. Ports in host mode are for everybody in
 * the world by IPv6, or for nobody: of a service in audit, that is only told. Undefined: there is nothing of all this.
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
  const wanted: Readonly<Record<Ipv6EdgeSet, readonly string[]>> = {
    closed_out: isolated('egress').filter((address) => !except.has(address)),
    closed_in: isolated('ingress'),
    closed_pairs: [...except].flatMap(([task, others]) => others.map((each) => joinKey(task, each))),
    closed_published: portsOf('denied', here, edges),
    audited_published: portsOf('would-deny', here, edges),
  };
  const elements = new Map(Object.entries(wanted).map(([set, values]) => [set, keys(values)]));
  if ([...elements.values()].every(({ size }) => size === 0)) return undefined;
  const constants = {
    family: 'inet',
    table: IPV6_EDGE_TABLE,
    ...{ sets: SETS, counters: COUNTERS, chains: CHAINS },
  } as const;
  return { ...constants, version: programVersion(constants), elements };
}

function portsOf(
  verdict: KernelVerdict,
  here: readonly GatewayTask[],
  edges: Ipv6EdgeInput['edges'],
): readonly string[] {
  return [...new Set(here.map(({ service }) => service))].flatMap((service) => {
    const edge = edges.get(service);
    if (edge === undefined) return [];
    return hostPorts(service, edge, here)
      .filter(({ protocol, target }) => judgeWorld(edge, protocol, target) === verdict)
      .map(({ protocol, published }) => joinKey(PROTOCOL_NUMBERS[protocol], published));
  });
}

function keys(values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(values.toSorted().map((value) => [value, '']));
}
