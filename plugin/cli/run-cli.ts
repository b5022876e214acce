import { CommanderError } from 'commander';
import { configFrom } from '../config.ts';
import type { ExitCode } from './failure.ts';
import { reportFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import { createProgram } from './program.ts';
import { METADATA_COMMAND, pluginMetadata } from './docker-plugin.ts';
import type { Session } from './session.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

export interface CliOptions {
  /** What the person typed before the command. */
  readonly name?: string;
  readonly world?: Partial<World>;
}

/** The whole command line: never throws, never ends the process. */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  options: CliOptions = {},
): Promise<ExitCode> {
  const config = configFrom(io.env);
  if (argv[0] === METADATA_COMMAND) {
    io.stdout.write(pluginMetadata(config.version));
    return 0;
  }
  const session: Session = {
    io,
    config,
    world: { ...createWorld(io.env, config), ...options.world },
    name: options.name ?? 'swarmwall',
    exitCode: 0,
  };
  try {
    const program = await createProgram(session, argv[0]);
    await program.parseAsync(argv, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    // Commander has already said what is wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(io, error, argv.includes('--json'));
  }
}
