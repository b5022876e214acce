import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';

export interface LineQueueOptions {
  /** Where lines go, many at once; one call at a time. */
  readonly write: (text: string) => Promise<void>;
  /** Of what waits: more is lost, and counted. */
  readonly mostBytes: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  /** Which log it is, for people; `audit` when absent. */
  readonly name?: string;
  /** A line that tells how many were lost. */
  readonly lostLine: (lost: number) => string;
}

export interface LineQueue {
  /** Never waits. */
  push(line: string): void;
  /** Lost so far. */
  readonly lost: number;
  /** Settles when what was pushed so far is written or lost. */
  settled(): Promise<void>;
}

const RETRY = 1_000;
const TRIES = 3;

/** Lines to something slow, which must not hold up who writes them. */
export function lineQueue(options: LineQueueOptions): LineQueue {
  const { write, mostBytes, clock, log, lostLine, name = 'audit' } = options;
  let waiting: string[] = [];
  let bytes = 0;
  let lost = 0;
  /** Of the lost, those that no line tells of yet. */
  let untold = 0;
  let running: Promise<void> | undefined;

  function lose(count: number): void {
    if (untold === 0) log.error({ count, lost: lost + count }, `the ${name} log loses lines`);
    lost += count;
    untold += count;
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      const told = untold;
      const text = lines.join('');
      const note = told === 0 ? '' : lostLine(told);
      if (await written(note + text)) untold -= told;
      else lose(lines.length);
      bytes -= text.length;
    }
  }

  async function written(text: string): Promise<boolean> {
    for (let left = TRIES; left > 0; left -= 1) {
      try {
        await write(text);
        return true;
      } catch (error) {
        log.error({ why: asFault(error).message, left }, `the ${name} log cannot be written`);
        await new Promise<void>((resolve) => void clock.after(RETRY, resolve));
      }
    }
    return false;
  }

  function start(): void {
    running ??= run().finally(() => {
      running = undefined;
    });
  }

  return {
    push: (line) => {
      if (bytes + line.length > mostBytes) {
        lose(1);
        return;
      }
      waiting.push(line);
      bytes += line.length;
      start();
    },
    get lost() {
      return lost;
    },
    settled: async () => {
      while (running !== undefined) await running;
    },
  };
}
