import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from './full-kernel.ts';
import type { RunResult } from './process.ts';

/**
 * What Swarm says of a change that another has overtaken (its own orchestrator writes services and nodes, too), or of a
 * network whose tasks are on their way out: nothing was done, and the same call passes a moment later.
 */
const OVERTAKEN = /update out of sequence|is in use by task|Failed to remove some resources from stack/u;
const LIMIT = 20_000;

/** Again while Swarm says so; the last answer otherwise, whatever it is. */
export async function unlessOvertaken(call: () => Promise<RunResult>): Promise<RunResult> {
  for (const end = Date.now() + patient(LIMIT); ; await sleep(200)) {
    try {
      const result = await call();
      if (result.exitCode === 0 || !OVERTAKEN.test(result.stderr) || Date.now() > end) return result;
    } catch (error) {
      if (!OVERTAKEN.test(String(error)) || Date.now() > end) throw error;
    }
  }
}
