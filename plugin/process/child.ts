import { spawn } from 'node:child_process';

export interface Child {
  readonly pid: number | undefined;
  /** Asks it to end, and ends it when it has not within `patience` milliseconds. */
  stop(patience: number): Promise<void>;
  /** How it ended: `exit 2`, `SIGKILL`, or why it could not start. */
  readonly ended: Promise<string>;
}

/** Runs a program that goes on, with this process's output as its own. */
export type StartChild = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => Child;

/** The channel is there to be lost: a child learns by it that this process is gone, however it went. */
export const startChild: StartChild = (file, args, env) => {
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => {
      resolve(message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `exit ${String(code)}`);
    });
  });
  return {
    pid: child.pid,
    ended,
    stop: async (patience) => {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), patience);
      await ended;
      clearTimeout(killer);
    },
  };
};
