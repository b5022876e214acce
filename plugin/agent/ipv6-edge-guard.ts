import { GATEWAY_BRIDGE } from '../../rules/docker-user/names.ts';
import type { GatewayTask } from '../../rules/docker-user/near.ts';
import { IPV6_EDGE_TABLE, ipv6EdgeProgram, type Ipv6EdgeInput } from '../../rules/ipv6-edge.ts';
import type { Enforcer } from './enforcer.ts';
import { EDGE } from './flows/watched-tables.ts';
import { gatewayTasks } from './gateway-tasks.ts';
import type { DroppingTable, TableDrops } from './table-drops.ts';
import { guardTable, type TableGuardOptions } from './table-guard.ts';

export interface Ipv6EdgeGuard extends Enforcer {
  /** What the kernel has is made with this task's address among others, as far as the last `apply` could see. */
  holds(task: GatewayTask): boolean;
  /** What the program in the kernel is made of; undefined: there is none. */
  readonly held: Ipv6EdgeInput | undefined;
  tables(): readonly DroppingTable[];
}

const NAME = 'IPv6 beyond the overlays';

/** Closes IPv6 by docker_gwbridge, and by docker-proxy, to tasks that are isolated. */
export function guardIpv6Edge(
  options: Omit<TableGuardOptions, 'name' | 'table' | 'namespace'> & {
    readonly host: TableGuardOptions['namespace'];
    readonly drops: Pick<TableDrops, 'count'>;
  },
): Ipv6EdgeGuard {
  const { host, drops } = options;
  const guard = guardTable({ ...options, name: NAME, table: IPV6_EDGE_TABLE, namespace: host });
  let placed: readonly GatewayTask[] = [];
  let held: Ipv6EdgeInput | undefined;
  /** Of `held`: it is another only when there is something else in it. */
  let text = '';
  return {
    distrust: guard.distrust,
    apply: async (policy, facts) => {
      if (facts === undefined || !policy.known) return;
      const tasks = gatewayTasks(facts, policy, 'addresses6');
      const here = gatewayTasks(facts, policy);
      const program = ipv6EdgeProgram({ tasks, here, edges: policy.edges });
      await guard.apply(program === undefined ? [] : [program]);
      placed = tasks;
      const now = JSON.stringify([program !== undefined, tasks, here, [...policy.edges]]);
      if (now === text) return;
      text = now;
      // The policy's own changes in place.
      held = program && { tasks, here, edges: new Map(policy.edges) };
    },
    holds: ({ address, service }) =>
      placed.some((task) => task.address === address && task.service === service),
    get held() {
      return held;
    },
    tables: () =>
      guard.health().length === 0
        ? []
        : [
            {
              ...{ key: NAME, file: EDGE, namespace: host, table: IPV6_EDGE_TABLE, network: GATEWAY_BRIDGE },
              ...{ name: 'denied', sets: [], owner: () => undefined },
            },
          ],
    health: () =>
      guard.health().map((health) => {
        return { ...health, denied: drops.count(NAME), wouldDeny: drops.count(NAME, 'would_denied') };
      }),
    stop: guard.stop,
  };
}
