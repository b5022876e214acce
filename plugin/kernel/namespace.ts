import { stat } from 'node:fs/promises';
import type { Run, RunOptions, RunResult } from '../process/run.ts';

/** Where a program runs: the node's own network namespace, or the one of a file under Docker's netns folder. */
export interface Namespace {
  /** Absent: the node's own. */
  readonly path?: string;
  run(file: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The same as argv, for programs that go on. */
  command(file: string, args: readonly string[]): readonly [string, readonly string[]];
}

export function hostNamespace(run: Run): Namespace {
  return { run, command: (file, args) => [file, args] };
}

export function namespaceAt(path: string, run: Run): Namespace {
  const command = (file: string, args: readonly string[]): readonly [string, readonly string[]] => [
    'nsenter',
    [`--net=${path}`, '--', file, ...args],
  ];
  return { path, command, run: (file, args, options) => run(...command(file, args), options) };
}

/** Another namespace under the same name has another; undefined: it is the node's own, or there is none (any more). */
export async function identityOf({ path }: Namespace): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const found = await stat(path).catch(() => undefined);
  return found && `${found.dev} ${found.ino}`;
}
