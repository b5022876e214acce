import type { HeldStart } from '../../api/types.ts';
import { LIMITS, TIMES } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import { judgeStart, type Lack, type StartView } from './judge-start.ts';
import type { PlaceStart } from './place-start.ts';
import type { StartQuestion } from './start-question.ts';

export type StartAnswer = { readonly go: true } | { readonly go: false; readonly why: string };

export interface HeldStarts {
  /** Answers when the container's rules are in the kernel, or when waiting has been enough. */
  ask(question: StartQuestion): Promise<StartAnswer>;
  /** After each run. */
  review(view: StartView): void;
  /** There is news of what was waited for. */
  placeAgain(): void;
  /** The guard runtime has asked not long ago. */
  inUse(): boolean;
  /** The last ones, newest first. */
  recent(): readonly HeldStart[];
  stop(): void;
}

interface Waiting {
  readonly question: StartQuestion;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** On the clock that nobody sets. */
  readonly since: number;
  readonly answer: (answer: StartAnswer) => void;
  lacks: readonly Lack[];
  /** What was missing the last time that something was; nothing where it only had to be written. */
  waitedFor: readonly Lack[];
}

export interface HoldStartsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Have the agent look. */
  readonly onLook: () => void;
  /** The short way. */
  readonly place: PlaceStart;
}

const NOT_LOOKED: readonly Lack[] = [{ what: 'the first look of the agent', safe: false }];

/** Holds each start until its container's rules are in place; after a while lets go what is denied anyway, and refuses the rest. */
export function holdStarts({ clock, log, onLook, place }: HoldStartsOptions): HeldStarts {
  const waiting = new Set<Waiting>();
  const recent: HeldStart[] = [];
  let view: StartView | undefined;
  let looking = false;
  let lastAsked = -Infinity;

  function end(start: Waiting, answer: StartAnswer): void {
    if (!waiting.delete(start)) return;
    const { container } = start.question;
    const lacks = start.lacks.map(({ what }) => what);
    const waited = clock.elapsed() - start.since;
    const waitedFor = start.waitedFor.map(({ what }) => what);
    recent.unshift({ container, at: start.at, waited, waitedFor, started: answer.go, lacks });
    recent.splice(LIMITS.startsKept);
    if (lacks.length > 0)
      log.warn(
        { container, waited, lacks, started: answer.go },
        'a container was not ready to start in time',
      );
    start.answer(answer);
  }

  function judge(start: Waiting, now = view): void {
    start.lacks = now === undefined ? NOT_LOOKED : judgeStart(start.question, now);
    if (start.lacks.length === 0) end(start, { go: true });
    else start.waitedFor = start.lacks;
  }

  /** Without a run, where that is possible. */
  async function placeNow(start: Waiting): Promise<void> {
    const placed = await place(start.question);
    if (placed !== undefined && waiting.has(start)) judge(start, placed);
  }

  /** What is denied by default may go: it only waits longer for what is allowed. */
  function settle(start: Waiting): void {
    if (start.lacks.every(({ safe }) => safe)) end(start, { go: true });
  }

  function giveUp(start: Waiting): void {
    const unsafe = start.lacks.filter(({ safe }) => !safe).map(({ what }) => what);
    end(
      start,
      unsafe.length === 0 ? { go: true } : { go: false, why: `still missing: ${unsafe.join(', ')}` },
    );
  }

  /** What Docker has not told yet comes without an event. */
  function lookSoon(): void {
    if (looking) return;
    looking = true;
    clock.after(TIMES.startLook, () => {
      looking = false;
      if (waiting.size > 0) onLook();
    });
  }

  return {
    ask: (question) =>
      new Promise((answer) => {
        const start: Waiting = {
          question,
          at: clock.now(),
          since: clock.elapsed(),
          answer,
          lacks: NOT_LOOKED,
          waitedFor: [],
        };
        waiting.add(start);
        lastAsked = clock.elapsed();
        judge(start);
        if (!waiting.has(start)) return;
        // That was by what was known before it asked.
        start.waitedFor = [];
        clock.after(TIMES.startSettle, () => {
          settle(start);
        });
        clock.after(TIMES.startMost, () => {
          giveUp(start);
        });
        void placeNow(start).then(() => {
          if (waiting.has(start)) onLook();
        });
      }),
    review: (next) => {
      view = next;
      for (const start of waiting) judge(start);
      if (waiting.size > 0) lookSoon();
    },
    placeAgain: () => {
      for (const start of waiting) void placeNow(start);
    },
    inUse: () => clock.elapsed() - lastAsked < TIMES.startsInUse,
    recent: () => recent,
    stop: () => {
      // Without an answer the guard runtime asks the next agent.
      waiting.clear();
    },
  };
}
