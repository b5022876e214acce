import { GATEWAY_TABLE, gatewayPrograms } from '../../rules/gateway/gateway.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Follow } from '../process/follow.ts';
import type { Enforcer } from './enforcer.ts';
import { guardTable } from './table-guard.ts';

export interface GatewayGuardOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

/** Keeps tasks from sending as another on docker_gwbridge, by whose addresses DOCKER-USER judges. */
export function guardGateway({ host, ...options }: GatewayGuardOptions): Enforcer {
  const table = guardTable({
    ...options,
    name: 'docker_gwbridge',
    table: GATEWAY_TABLE,
    namespace: host,
  });
  return {
    distrust: () => {
      table.distrust();
    },
    apply: async (policy, facts) => {
      if (!policy.known || facts === undefined) return;
      await table.apply(gatewayPrograms(facts.gateway?.ports ?? []));
    },
    health: () => table.health(),
    stop: () => {
      table.stop();
    },
  };
}
