import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDuration } from './ago.ts';

export interface WaitOptions {
  /** commander's name for --no-wait. */
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

/** @throws InvalidArgumentError */
export function duration(value: string): number {
  const parsed = parseDuration(value);
  if (parsed === undefined) throw new InvalidArgumentError('Write it as 90s, 15m, 2h or 1d.');
  return parsed;
}

/** `usual`: milliseconds. */
export function withWait(command: Command, usual: number): Command {
  return command
    .option('--no-wait', 'do not wait for the agents')
    .addOption(
      new Option('--timeout <time>', 'wait at most so long, as 90s or 5m')
        .argParser(duration)
        .default(usual, `${String(usual / 1_000)}s`),
    );
}
