import type { Protocol, ServiceKey } from '../../compose-ext/policy-model.ts';
import { judgePair } from '../kernel-semantics.ts';
import type { Allow, EdgePolicy, Stance } from '../network-policy.ts';
import type { IpSets } from './ip-sets.ts';
import { SETS } from './names.ts';

/** A local task with an address on docker_gwbridge, or a container beside them. */
export interface GatewayTask {
  readonly address: string;
  readonly service: ServiceKey;
  /** That docker-proxy listens for, as the engine has told; what a policy says of its service it need not tell. */
  readonly ports?: readonly HostPort[];
  /** On a bridge of the node's own in place of docker_gwbridge. */
  readonly bridge?: true;
}

/** A port in host mode, with its number on the node. */
export interface HostPort {
  readonly protocol: Protocol;
  readonly target: number;
  readonly published: number;
}

export interface NearInput {
  readonly tasks: readonly GatewayTask[];
  readonly sandbox?: string;
  readonly edges: Readonly<Record<ServiceKey, EdgePolicy>>;
}

/** A way to a service over docker_gwbridge: an address and the port that a packet there has. */
interface Way {
  readonly entry: readonly [address: string, port: string];
  readonly protocol: Protocol;
  readonly target: number;
}

/**
 * From task to task over docker_gwbridge: through ingress_sbox, or to a task's own address and a port that it publishes
 * in host mode. The pair decides, as on an overlay; no other port is a way to a task.
 */
export function placeNear(sets: IpSets, { tasks, sandbox, edges }: NearInput): void {
  for (const { address } of tasks) {
    sets.add(SETS.nearTasks, [address]);
    sets.add(SETS.nearKnown, [address]);
  }
  if (sandbox !== undefined) sets.add(SETS.nearKnown, [sandbox]);
  for (const { address, service } of tasks) {
    const { ingress, egress } = edges[service]?.pair ?? OPEN;
    guard(sets, ingress, [SETS.nearIn, SETS.nearInAudit], [address]);
    guard(sets, egress, [SETS.nearOut, SETS.nearOutAudit], [address]);
  }
  for (const [key, edge] of Object.entries(edges)) {
    const ways = waysTo(key, edge, tasks, sandbox);
    for (const { entry } of ways) {
      sets.add(SETS.ways, entry);
      if (entry[0] === sandbox) guard(sets, edge.pair.ingress, [SETS.nearMesh, SETS.nearMeshAudit], entry);
    }
    placePairs(sets, ways, edge, tasks, edges);
  }
}

const OPEN = { ingress: 'open', egress: 'open' } as const;

function guard(
  sets: IpSets,
  stance: Stance,
  [enforced, audited]: readonly [string, string],
  entry: readonly string[],
): void {
  if (stance !== 'open') sets.add(stance === 'audit' ? audited : enforced, entry);
}

function waysTo(
  key: ServiceKey,
  { published }: EdgePolicy,
  tasks: readonly GatewayTask[],
  sandbox: string | undefined,
): readonly Way[] {
  return published.flatMap((port): readonly Way[] => {
    const { protocol, target } = port;
    if (port.mode === 'host')
      return tasks
        .filter(({ service }) => service === key)
        .map(({ address }) => ({ entry: [address, `${protocol}:${target}`], protocol, target }));
    return sandbox === undefined
      ? []
      : [{ entry: [sandbox, `${protocol}:${port.published}`], protocol, target }];
  });
}

function placePairs(
  sets: IpSets,
  ways: readonly Way[],
  edge: EdgePolicy,
  tasks: readonly GatewayTask[],
  edges: NearInput['edges'],
): void {
  if (ways.length === 0) return;
  const bySource = new Map<Allow['from'], Allow[]>();
  for (const allow of edge.near) bySource.set(allow.from, [...(bySource.get(allow.from) ?? []), allow]);
  for (const { address, service } of tasks) {
    const { egress } = edges[service]?.pair ?? OPEN;
    if (egress === 'open' && edge.pair.ingress === 'open') continue;
    const allows = { exact: bySource.get(service) ?? [], any: bySource.get('*') ?? [] };
    for (const { entry, protocol, target } of ways) {
      const verdict = judgePair(egress, edge.pair.ingress, allows, { protocol, port: target });
      if (verdict !== 'denied')
        sets.add(verdict === 'allowed' ? SETS.near : SETS.nearWould, [...entry, address]);
    }
  }
}
