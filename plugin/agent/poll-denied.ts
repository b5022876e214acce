import { BRIDGES_TABLE } from '../../rules/bridges/bridges.ts';
import { TIMES } from '../config.ts';
import type { Namespace } from '../kernel/namespace.ts';
import type { Clock } from '../process/clock.ts';
import { createRunner, type Runner } from '../process/runner.ts';
import { BRIDGES } from './bridges/bridge-view.ts';
import { BRIDGES_NAME } from './bridges/bridges-guard.ts';
import type { DeniedFlows } from './denied-flows.ts';
import type { Enforcers } from './enforcers.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { TableDrops } from './table-drops.ts';

export interface PollDeniedOptions {
  readonly clock: Clock;
  readonly host: Namespace;
  readonly policy: HeldPolicy;
  readonly enforcers: Enforcers;
  readonly denied: DeniedFlows;
  readonly drops: TableDrops;
  readonly onPolled: () => void;
  readonly onError: (error: unknown) => void;
}

/** Reads now and then what all programs dropped, or would have. */
export function pollDenied(options: PollDeniedOptions): Runner {
  const { host, policy, denied, drops } = options;
  const { networks, bridges, limits, hostFirewall, ipv6Edge } = options.enforcers;
  return createRunner({
    clock: options.clock,
    minInterval: TIMES.deniedPoll,
    resync: TIMES.deniedPoll,
    retryFirst: TIMES.deniedPoll,
    retryMost: TIMES.deniedPoll,
    run: async () => {
      const network = { id: BRIDGES, name: BRIDGES_NAME };
      const state = bridges.health()[0]?.state ?? 'none';
      await denied.poll([
        ...networks.list(),
        { file: BRIDGES, namespace: host, table: BRIDGES_TABLE, guard: { state, network } },
      ]);
      await drops.poll([...limits.tables(policy), ...hostFirewall.tables(), ...ipv6Edge.tables()]);
      options.onPolled();
    },
    onError: options.onError,
  });
}
