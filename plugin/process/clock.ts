import { randomInt } from 'node:crypto';

/** Time and chance, injected so that tests own them. */
export interface Clock {
  now(): number;
  /** Calls back once; returns what cancels it. */
  after(milliseconds: number, call: () => void): () => void;
  /** In [0, 1). */
  chance(): number;
}

const RESOLUTION = 2 ** 32;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, call) => {
    // What must live holds a socket; a timer alone does not keep a stopped process.
    const timer = setTimeout(call, milliseconds).unref();
    return () => {
      clearTimeout(timer);
    };
  },
  chance: () => randomInt(RESOLUTION) / RESOLUTION,
};
