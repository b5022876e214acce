import { systemClock, type Clock } from '../../../plugin/process/clock.ts';

/** Whatever is waited for comes at once, and the time with it. */
export function hurryingClock(start = 0): Clock {
  let passed = 0;
  return {
    ...systemClock,
    now: () => start + passed,
    elapsed: () => passed,
    after: (milliseconds, call) => {
      passed += milliseconds;
      setImmediate(call);
      return () => undefined;
    },
  };
}
