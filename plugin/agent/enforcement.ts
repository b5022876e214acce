import { TIMES } from '../config.ts';
import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { createRunner, type Runner } from '../process/runner.ts';
import { applyAll } from './enforcer.ts';
import type { Enforcers } from './enforcers.ts';
import type { HealthRecord } from './health.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { HeldStarts } from './starts/hold-starts.ts';
import type { Surroundings } from './surroundings.ts';

export interface EnforcementOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly health: HealthRecord;
  readonly policy: HeldPolicy;
  readonly surroundings: Surroundings;
  readonly enforcers: Enforcers;
  readonly starts: HeldStarts;
  readonly onLook: () => void;
  /** The kernel holds this revision. */
  readonly onApplied: (revision: number) => void;
  readonly onFailed: () => void;
}

/**
 * Failures in a row that are a failure: some 200 ms. A namespace has no bridge yet when it appears, and a container that
 * ends takes its own away between two looks.
 */
const LASTING = 4;

/** The one runner that writes rules: looks where something changed, then makes the kernel hold what policy and facts call for. */
export function runEnforcement(options: EnforcementOptions): Runner {
  const { log, health, policy, surroundings, enforcers, starts } = options;
  const { networks, bridges, dockerUser, ipv6Edge, inOrder } = enforcers;
  /** Runs in a row. */
  let failures = 0;

  function distrustAll(): void {
    surroundings.outdate();
    networks.distrust();
    for (const enforcer of inOrder) enforcer.distrust();
  }

  return createRunner({
    clock: options.clock,
    minInterval: TIMES.agentMinInterval,
    resync: TIMES.agentResync,
    retryFirst: TIMES.agentRetryFirst,
    retryMost: TIMES.retryMost,
    run: async (whole) => {
      const { revision } = policy;
      const placed = new Set(policy.tasks.keys());
      if (whole) distrustAll();
      try {
        await networks.apply();
        if (surroundings.outdated) {
          options.onLook();
          await surroundings.look(whole);
        }
        await applyAll(inOrder, policy, () => surroundings.facts);
      } finally {
        // What one network lacks holds back no start on another.
        starts.review({
          ...{ facts: surroundings.facts, policy, placed },
          ...{ guard: networks.view, bridges: bridges.view, holdsGateway: dockerUser.holds },
          holdsGateway6: ipv6Edge.holds,
        });
      }
      failures = 0;
      health.recover();
      options.onApplied(revision);
    },
    onError: (error) => {
      surroundings.outdate();
      failures += 1;
      if (failures < LASTING) log.info({ why: asFault(error).message }, 'did not succeed yet: trying again');
      else health.fail(error);
      options.onFailed();
    },
  });
}
