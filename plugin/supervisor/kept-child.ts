import type { Log } from '../log.ts';
import type { Child } from '../process/child.ts';
import type { Clock } from '../process/clock.ts';
import { TIMES } from '../config.ts';

export interface KeptChildStatus {
  readonly name: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly restarts: number;
  /** How it ended the last time. */
  readonly lastEnd?: string;
}

export interface KeptChild {
  status(): KeptChildStatus;
  /** Ends it, and it stays so. */
  stop(): Promise<void>;
}

export interface KeptChildOptions {
  readonly name: string;
  readonly start: () => Child;
  readonly clock: Clock;
  readonly log: Log;
}

/** Starts it, and again whenever it ends: at once after it has run for a while, later and later while it ends soon. */
export function keepRunning({ name, start, clock, log }: KeptChildOptions): KeptChild {
  let stopped = false;
  let child: Child | undefined;
  let restarts = 0;
  let lastEnd: string | undefined;
  let wait: number = TIMES.childRetryFirst;
  let cancel: () => void = () => undefined;

  function begin(): void {
    const started = clock.elapsed();
    const now = start();
    child = now;
    log.info({ child: name, pid: now.pid }, 'started');
    void now.ended.then((how) => {
      child = undefined;
      lastEnd = how;
      if (stopped) return;
      if (clock.elapsed() - started >= TIMES.childSteady) wait = TIMES.childRetryFirst;
      log.error({ child: name, how, again: wait }, 'ended: starting it again');
      cancel = clock.after(wait, () => {
        restarts += 1;
        begin();
      });
      wait = Math.min(wait * 2, TIMES.childRetryMost);
    });
  }

  begin();
  return {
    status: () => ({
      name,
      running: child !== undefined,
      ...(child?.pid === undefined ? {} : { pid: child.pid }),
      restarts,
      ...(lastEnd === undefined ? {} : { lastEnd }),
    }),
    stop: async () => {
      stopped = true;
      cancel();
      await child?.stop(TIMES.childEnd);
    },
  };
}
