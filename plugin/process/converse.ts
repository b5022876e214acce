import { spawn } from 'node:child_process';

export interface Conversation {
  say(text: string): void;
  stop(): void;
  /** Settles when the program has ended. */
  readonly ended: Promise<void>;
}

/** Runs a program that goes on, takes commands, and hands over what it writes, to stdout and stderr alike. */
export type Converse = (
  file: string,
  args: readonly string[],
  onText: (text: string) => void,
) => Conversation;

export const converseWithProcess: Converse = (file, args, onText) => {
  const child = spawn(file, args, { env: { ...process.env, LC_ALL: 'C', TERM: 'dumb' } });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText);
  // It may end before it has read everything: what it owes an answer to is seen to by who asks.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  });
  return {
    say: (text) => {
      child.stdin.write(text);
    },
    stop: () => {
      child.kill('SIGKILL');
    },
    ended,
  };
};
