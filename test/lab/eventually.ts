import { setTimeout as sleep } from 'node:timers/promises';
import { NOT_IN_TIME } from '../engine-tests/failure.ts';
import { patient } from './full-kernel.ts';

/** Tries until `attempt` neither throws nor returns false; the last failure says what was still wrong. */
export async function eventually<Value>(
  attempt: () => Promise<Value> | Value,
  timeout = 20_000,
  interval = 100,
): Promise<Exclude<Value, false>> {
  const limit = patient(timeout);
  const end = Date.now() + limit;
  for (;;) {
    let failure: unknown = new Error('still false');
    try {
      const value = await attempt();
      if (value !== false) return value as Exclude<Value, false>;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > end) {
      const why = failure instanceof Error ? failure.message : String(failure);
      throw Object.assign(new Error(`Not within ${limit} ms: ${why}`, { cause: failure }), {
        code: NOT_IN_TIME,
      });
    }
    await sleep(interval);
  }
}
