import { join } from 'node:path';
import { OUTSIDE_ADDRESSES } from './fabric.ts';
import { LabProcess } from './lab-process.ts';
import type { ProcessId } from './process-id.ts';
import { run, type RunOptions, type RunResult } from './process.ts';

/** A host on the fabric that is no part of the Swarm: this machine's files, a network of its own. */
export class OutsideHost {
  readonly name = 'outside';
  readonly addresses: readonly string[] = OUTSIDE_ADDRESSES;
  readonly init: ProcessId;
  readonly #folder: string;
  #spawned = 0;

  constructor(init: ProcessId, folder: string) {
    this.init = init;
    this.#folder = folder;
  }

  run(file: string, args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
    return run('nsenter', this.#argv(file, args), options);
  }

  spawn(file: string, args: readonly string[] = [], name?: string): Promise<LabProcess> {
    const label = name ?? `outside-${++this.#spawned}`;
    return LabProcess.start(this.#argv(file, args), label, join(this.#folder, `${label}.log`));
  }

  #argv(file: string, args: readonly string[]): readonly string[] {
    return [`--target=${this.init.pid}`, '--net', '--pid', '--', file, ...args];
  }
}
