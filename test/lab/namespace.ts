import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from './full-kernel.ts';
import { identify, isAlive, waitDescendant, type ProcessId } from './process-id.ts';
import { LAB_ENVIRONMENT, LabError } from './process.ts';

export interface HolderRequest {
  readonly file: string;
  readonly args: readonly string[];
  /** How many times the launchers fork before the holder runs: once for `unshare --fork`, once for `nsenter --pid`. */
  readonly forks: number;
  /** A file that the holder makes when it is ready. */
  readonly ready: string;
  readonly log: string;
  /** Puts it on record; only then does the holder stay (see holder.sh). */
  readonly confirm?: (id: ProcessId) => void;
}

/** Starts the first process of new namespaces, which outlives this one. */
export async function startHolder(request: HolderRequest): Promise<ProcessId> {
  const child = startDetached(request.file, request.args, request.log, request.confirm ? 'pipe' : 'ignore');
  const pid = await waitDescendant(child.pid, request.forks, 20_000);
  const id = pid === undefined ? undefined : identify(pid);
  const end = Date.now() + patient(60_000);
  while (id !== undefined && isAlive(id) && Date.now() < end) {
    if (existsSync(request.ready)) {
      request.confirm?.(id);
      child.stdin?.end('stay\n');
      return id;
    }
    await sleep(10);
  }
  throw new LabError(
    'holder-failed',
    `${request.args.join(' ')}: ${readFileSync(request.log, 'utf8').trim()}`,
  );
}

/** In a process group of its own, so that a Ctrl-C at the terminal reaches the lab's owner only. */
export function startDetached(
  file: string,
  args: readonly string[],
  log: string,
  input: 'ignore' | 'pipe' = 'ignore',
): { readonly pid: number; readonly stdin: Writable | null } {
  const output = openSync(log, 'a');
  const child = spawn(file, args, {
    detached: true,
    stdio: [input, output, output],
    env: LAB_ENVIRONMENT,
    cwd: '/',
  });
  closeSync(output);
  child.unref();
  if (child.pid === undefined) throw new LabError('spawn-failed', `Cannot start ${file}.`);
  return { pid: child.pid, stdin: child.stdin };
}
