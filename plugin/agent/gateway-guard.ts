import { GATEWAY_TABLE, gatewayPrograms } from '../../rules/gateway/gateway.ts';
import { openElementSession } from '../kernel/element-session.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Converse } from '../process/converse.ts';
import type { Follow } from '../process/follow.ts';
import { takeTurns } from '../process/take-turns.ts';
import type { Enforcer } from './enforcer.ts';
import type { LocalFacts } from './local-facts.ts';
import { guardTable } from './table-guard.ts';

export interface GatewayGuardOptions {
  readonly host: Namespace;
  readonly follow: Follow;
  readonly converse: Converse;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

/**
 * Keeps tasks from sending as another on docker_gwbridge, by whose addresses DOCKER-USER judges. Its `apply` may be called again
 * meanwhile: the calls take turns, each with the facts that were told last.
 */
export function guardGateway({ host, converse, ...options }: GatewayGuardOptions): Enforcer {
  const { clock } = options;
  const table = guardTable({
    ...options,
    name: 'docker_gwbridge',
    table: GATEWAY_TABLE,
    namespace: host,
    elements: openElementSession({ namespace: host, converse, clock }),
  });
  const inTurn = takeTurns();
  let told: LocalFacts | undefined;
  return {
    distrust: () => {
      table.distrust();
    },
    apply: async (policy, facts) => {
      if (!policy.known || facts === undefined) return;
      told = facts;
      await inTurn(() => table.apply(gatewayPrograms(told?.gateway?.ports ?? [])));
    },
    health: () => table.health(),
    stop: () => {
      table.stop();
    },
  };
}
