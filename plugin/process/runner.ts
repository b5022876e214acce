import type { Clock } from './clock.ts';

export interface RunnerOptions {
  readonly clock: Clock;
  /** Between the starts of two runs. */
  readonly minInterval: number;
  /** A run with `whole` this long after the last such run, however many others there were. */
  readonly resync: number;
  readonly retryFirst: number;
  readonly retryMost: number;
  /** `whole`: look at everything, not only at what is marked. */
  readonly run: (whole: boolean) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface Runner {
  /** Cheap: one run soon, however many marks. */
  mark(options?: { readonly whole?: boolean; readonly in?: number }): void;
  /** After the run under way, none follows. */
  stop(): Promise<void>;
  /** Resolves when a run that began after this call has ended, well or not. */
  settled(): Promise<void>;
}

/** Events mark dirty, one runner applies: never two runs at once, and a failed one is tried again. */
export function createRunner(options: RunnerOptions): Runner {
  const { clock } = options;
  let stopped = false;
  let dirty = false;
  let whole = false;
  let running: Promise<void> | undefined;
  let lastStart = -Infinity;
  let lastWhole = clock.elapsed();
  let failures = 0;
  let due = Infinity;
  let cancel: (() => void) | undefined;
  let waiting: (() => void)[] = [];

  function schedule(at: number): void {
    if (stopped || running !== undefined || at >= due) return;
    cancel?.();
    due = at;
    cancel = clock.after(Math.max(0, at - clock.elapsed()), begin);
  }

  function begin(): void {
    due = Infinity;
    cancel = undefined;
    if (stopped || running !== undefined) return;
    const all = whole || clock.elapsed() - lastWhole >= options.resync;
    const answered = waiting;
    dirty = false;
    whole = false;
    waiting = [];
    lastStart = clock.elapsed();
    if (all) lastWhole = lastStart;
    running = options
      .run(all)
      .then(
        () => {
          failures = 0;
        },
        (error: unknown) => {
          failures += 1;
          dirty = true;
          whole ||= all;
          options.onError(error);
        },
      )
      .then(() => {
        running = undefined;
        for (const answer of answered) answer();
        next();
      });
  }

  function next(): void {
    if (failures > 0)
      schedule(clock.elapsed() + Math.min(options.retryMost, options.retryFirst * 2 ** (failures - 1)));
    else if (dirty) schedule(Math.max(clock.elapsed(), lastStart + options.minInterval));
    else schedule(Math.max(clock.elapsed(), lastWhole + options.resync));
  }

  return {
    mark: (how = {}) => {
      if (how.in !== undefined && how.in > 0) {
        clock.after(how.in, () => {
          mark(how.whole === true);
        });
        return;
      }
      mark(how.whole === true);
    },
    stop: async () => {
      stopped = true;
      cancel?.();
      await running;
      for (const answer of waiting) answer();
    },
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        mark(false);
      }),
  };

  function mark(all: boolean): void {
    dirty = true;
    whole ||= all;
    // A mark does not hurry a retry: a kernel or a Docker that fails is not asked at each event.
    if (failures === 0) schedule(Math.max(clock.elapsed(), lastStart + options.minInterval));
    else next();
  }
}
