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
  /** The Swarm could not be read. Agents that have their policy from here are sent to other managers then, in time. */
  failed(): void;
  /** False: another may lead by now. */
  readonly fresh: boolean;
}

export function watchSight({ clock, log, sessions }: SwarmSightOptions): SwarmSight {
  let seen = -Infinity;
  /** While it sees nothing: when those who are subscribed are to go, and how long after that those who came meanwhile. */
  let blind: { readonly part: number; readonly next: number } | undefined;

  return {
    saw: () => {
      seen = clock.elapsed();
      blind = undefined;
    },
    failed: () => {
      const now = clock.elapsed();
      blind ??= { part: now + TIMES.blindMost, next: 2 * TIMES.blindMost };
      if (now < blind.part) return;
      // Again, as others may have sent agents here while they saw nothing themselves; not often, as there may be no other manager.
      blind = { part: now + blind.next, next: Math.min(2 * blind.next, TIMES.blindAgainMost) };
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
      return blind === undefined && clock.elapsed() - seen < 2 * TIMES.controllerResync;
    },
  };
}
