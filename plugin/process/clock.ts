import { randomInt } from 'node:crypto';

/** Time and chance, injected so that tests own them. */
export interface Clock {
  /** Milliseconds since 1970, for people and files. Somebody may set it, back too. */
  now(): number;
  /** Milliseconds since this process began: nobody sets it. What is waited for, and what came first, is told by it alone. */
  elapsed(): number;
  /** Calls back once; returns what cancels it. */
  after(milliseconds: number, call: () => void): () => void;
  /** In [0, 1). */
  chance(): number;
}

const RESOLUTION = 2 ** 32;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Math.floor(performance.now()),
  after: (milliseconds, call) => {
    // What must live holds a socket; a timer alone does not keep a stopped process.
    const timer = setTimeout(call, milliseconds).unref();
    return () => {
      clearTimeout(timer);
    };
  },
  chance: () => randomInt(RESOLUTION) / RESOLUTION,
};
