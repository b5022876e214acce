import { Option } from 'commander';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { ExitCode } from './failure.ts';
import type { CliIo } from './io.ts';
import type { World } from './world.ts';

/** One run of the command line. */
export interface Session {
  readonly io: CliIo;
  readonly world: World;
  readonly config: Config;
  /** What the person typed before the command: `swarmwall` or `docker swarmwall`. */
  readonly name: string;
  /** Set by the action that ran; commander's own actions return nothing. */
  exitCode: ExitCode;
}

/** Makes a commander action of one that returns its exit code. */
export function action<A extends unknown[]>(
  session: Session,
  run: (...given: A) => Promise<ExitCode>,
): (...given: A) => Promise<void> {
  return async (...given) => {
    session.exitCode = await run(...given);
  };
}

export function examples(
  session: Session,
  lines: readonly (readonly [command: string, what: string])[],
): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const shown = lines.map(([command, what]) => `  $ ${session.name} ${command.padEnd(width)}  # ${what}`);
  return `\nExamples:\n${shown.join('\n')}`;
}

export function withJson(command: Command): Command {
  return command.addOption(new Option('--json', 'print JSON, for machines'));
}

export interface JsonOption {
  readonly json?: true;
}

export function printJson(io: CliIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** For options that may be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
