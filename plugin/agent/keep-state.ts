import { TIMES } from '../config.ts';
import { asFault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { createRunner } from '../process/runner.ts';
import type { AgentState, StateFile } from './state-file.ts';

export interface KeptState {
  /** What is on the disk is old. */
  outdate(): void;
  /** Soon, when it is old. */
  save(): void;
  /** Saves, whatever is on the disk, and never again. */
  finish(): Promise<void>;
}

export interface KeepStateOptions {
  readonly file: StateFile;
  readonly clock: Clock;
  readonly state: () => Omit<AgentState, 'version'>;
  readonly onError: (error: unknown) => void;
}

/** What an earlier agent left; undefined: nothing that can be read. */
export async function readState(file: StateFile, log: Log): Promise<AgentState | undefined> {
  try {
    return await file.read();
  } catch (error) {
    const { code, message } = asFault(error);
    log.error(
      { code, err: error },
      `${message}: numbers begin anew, the kernel's tables stay until a manager speaks`,
    );
    return undefined;
  }
}

/** Leaves to the next agent what it needs to adopt the kernel's tables. */
export function keepState({ file, clock, state, onError }: KeepStateOptions): KeptState {
  let outdated = true;
  const saver = createRunner({
    clock,
    minInterval: TIMES.stateMinInterval,
    resync: TIMES.agentResync,
    retryFirst: TIMES.retryFirst,
    retryMost: TIMES.retryMost,
    run: () => file.write(state()),
    onError,
  });
  return {
    outdate: () => {
      outdated = true;
    },
    save: () => {
      if (outdated) saver.mark();
      outdated = false;
    },
    finish: async () => {
      saver.mark();
      await saver.settled();
      await saver.stop();
    },
  };
}
