import type { ServiceKey } from '../compose-ext/policy-model.ts';
import { admitsAnyone, judgeWorld } from './bridges/published-at.ts';
import type { GatewayTask, HostPort } from './docker-user/near.ts';
import { hostPorts, judgeRelay } from './docker-user/relays.ts';
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
 * the world by IPv6, or for nobody: of a service in audit, that is only told. Those that are open are so to tasks of this
 * node as the pair decides. Undefined: there is nothing of all this.
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
  const mayRelay = ({ service }: EdgeTask, { edge, protocol, target }: PublishedHere): boolean =>
    judgeRelay({ service, edge: edges.get(service) }, edge, { protocol, port: target }) !== 'denied';
  const ports = publishedHere(here, edges);
  const judged = (verdict: KernelVerdict) =>
    ports.filter(({ edge, protocol, target }) => judgeWorld(edge, protocol, target) === verdict);
  const closed =
    tasks.length === 0 ? [] : ports.filter((port) => !admitsAnyone(port.edge, port.protocol, port.target));
  const closedIn = isolated('ingress');
  const wanted: Readonly<Record<Ipv6EdgeSet, readonly string[]>> = {
    closed_out: isolated('egress').filter((address) => !except.has(address)),
    closed_in: closedIn,
    closed_pairs: [...except].flatMap(([task, others]) => others.map((each) => joinKey(task, each))),
    open_in: judged('allowed').flatMap(({ service, protocol, target }) =>
      tasks
        .filter((task) => task.service === service && closedIn.includes(task.address))
        .map(({ address }) => joinKey(address, PROTOCOL_NUMBERS[protocol], target)),
    ),
    closed_published: judged('denied').map(portKey),
    closed_near: closed.map(portKey),
    relayed: closed.flatMap((port) =>
      tasks.filter((task) => mayRelay(task, port)).map(({ address }) => joinKey(address, portKey(port))),
    ),
    audited_published: judged('would-deny').map(portKey),
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

interface PublishedHere extends HostPort {
  readonly service: ServiceKey;
  readonly edge: EdgePolicy;
}

function publishedHere(
  here: readonly GatewayTask[],
  edges: Ipv6EdgeInput['edges'],
): readonly PublishedHere[] {
  return [...new Set(here.map(({ service }) => service))].flatMap((service) => {
    const edge = edges.get(service);
    return edge === undefined
      ? []
      : hostPorts(service, edge, here).map((port) => ({ ...port, service, edge }));
  });
}

function portKey({ protocol, published }: HostPort): string {
  return joinKey(PROTOCOL_NUMBERS[protocol], published);
}

function keys(values: readonly string[]): ReadonlyMap<string, string> {
  return new Map(values.toSorted().map((value) => [value, '']));
}
