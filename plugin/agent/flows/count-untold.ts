import type { Clock } from '../../process/clock.ts';

/** How many verdicts each namespace's program kept back by the rate of its log, from its counters. */
export interface UntoldCount {
  read(file: string, counters: Readonly<Record<string, number>>): void;
  /** It is gone; what it kept back stays counted. */
  forget(file: string): void;
  readonly total: number;
}

const VERDICTS = ['accepted', 'denied', 'would_denied'];
/** What is there when the agent begins was counted for another: that is where its own count begins. */
const ADOPTING = 30_000;

export function countUntold(clock: Pick<Clock, 'elapsed'>): UntoldCount {
  const began = clock.elapsed();
  const last = new Map<string, number>();
  let total = 0;
  return {
    read: (file, counters) => {
      // Of a program of before there was a log.
      if (counters['accepted_told'] === undefined) return;
      const kept = VERDICTS.reduce(
        (sum, name) => sum + (counters[name] ?? 0) - (counters[`${name}_told`] ?? 0),
        0,
      );
      const adopted = clock.elapsed() - began < ADOPTING ? kept : 0;
      // A packet between its two counters makes it less for a moment.
      const before = Math.max(0, last.get(file) ?? adopted);
      last.set(file, Math.max(before, kept));
      total += Math.max(0, kept - before);
    },
    forget: (file) => {
      last.delete(file);
    },
    get total() {
      return total;
    },
  };
}
