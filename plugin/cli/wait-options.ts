import { Option, type Command } from 'commander';
import { duration } from './option-values.ts';

export interface WaitOptions {
  /** commander's name for --no-wait. */
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout: number;
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
