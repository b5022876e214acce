import { TIMES } from '../config.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { AgentSession } from './agent-session.ts';

export interface SwarmSightOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly log: Log;
  readonly sessions: () => Iterable<Pick<AgentSession, 'subscribed' | 'close'>>;
}

/** Whether what this manager knows of the Swarm is of now: its engine may be lost, or the Swarm's majority. */
export interface SwarmSight {
  saw(): void;
  /** The Swarm could not be read. Agents that have their policy from here for long enough then are sent to other managers, once. */
  failed(): void;
  /** False: another may lead by now. */
  readonly fresh: boolean;
}

export function watchSight({ clock, log, sessions }: SwarmSightOptions): SwarmSight {
  let seen = -Infinity;
  let blindSince: number | undefined;
  let parted = false;

  return {
    saw: () => {
      seen = clock.elapsed();
      blindSince = undefined;
      parted = false;
    },
    failed: () => {
      blindSince ??= clock.elapsed();
      if (parted || clock.elapsed() - blindSince < TIMES.blindMost) return;
      // Once: whoever comes back found no other manager, and keeps what this one knew.
      parted = true;
      const subscribed = [...sessions()].filter((session) => session.subscribed);
      if (subscribed.length === 0) return;
      log.warn(
        { agents: subscribed.length },
        'the Swarm cannot be read here: agents are to ask other managers',
      );
      for (const session of subscribed)
        session.close(new Fault('peer-lost', 'this manager does not see the Swarm: ask another'));
    },
    get fresh() {
      return blindSince === undefined && clock.elapsed() - seen < 2 * TIMES.controllerResync;
    },
  };
}
