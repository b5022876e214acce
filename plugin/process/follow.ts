import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Following {
  stop(): void;
  /** Settles when the program has ended. */
  readonly ended: Promise<void>;
}

/** Runs a program that goes on, and hands over its lines of stdout. */
export type Follow = (file: string, args: readonly string[], onLine: (line: string) => void) => Following;

export const followProcess: Follow = (file, args, onLine) => {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  createInterface({ input: child.stdout }).on('line', onLine);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  });
  return {
    stop: () => {
      child.kill('SIGKILL');
    },
    ended,
  };
};
