import { IPV6_EDGE_TABLE, ipv6EdgeProgram } from '../../rules/ipv6-edge.ts';
import type { Enforcer } from './enforcer.ts';
import { gatewayTasks } from './gateway-tasks.ts';
import { guardTable, type TableGuardOptions } from './table-guard.ts';

/** Closes IPv6 by docker_gwbridge, and by docker-proxy, to tasks that are isolated. */
export function guardIpv6Edge(
  options: Omit<TableGuardOptions, 'name' | 'table' | 'namespace'> & {
    readonly host: TableGuardOptions['namespace'];
  },
): Enforcer {
  const guard = guardTable({
    ...options,
    name: 'IPv6 beyond the overlays',
    table: IPV6_EDGE_TABLE,
    namespace: options.host,
  });
  return {
    distrust: guard.distrust,
    apply: async (policy, facts) => {
      if (facts === undefined || !policy.known) return;
      const program = ipv6EdgeProgram({
        tasks: gatewayTasks(facts, policy, 'addresses6'),
        here: gatewayTasks(facts, policy),
        edges: policy.edges,
      });
      await guard.apply(program === undefined ? [] : [program]);
    },
    health: guard.health,
    stop: guard.stop,
  };
}
