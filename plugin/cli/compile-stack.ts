import { compile, hasErrors, sortDiagnostics } from '../../compose-ext/index.ts';
import type { Compiled, ComposeFile, Isolation, StackModel, Target } from '../../compose-ext/index.ts';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { BadFiles } from './failure.ts';
import type { LoadedStacks } from './load-stacks.ts';

export interface SegmentFlags {
  readonly target?: Target;
  readonly encrypted?: boolean;
  readonly isolation?: Isolation;
}

function truth(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw new InvalidArgumentError('Write true or false.');
}

export function withSegmentFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--encrypted <true|false>', 'encrypt the segments (else as the file says; true)').argParser(
        truth,
      ),
    )
    .addOption(
      new Option('--isolation <how>', 'who shares a segment (else as the file says; strict)').choices([
        'strict',
        'balanced',
        'off',
      ]),
    );
}

export interface CompiledStack {
  readonly file: ComposeFile;
  readonly compiled: Compiled;
  /** The other stacks that it was planned with. */
  readonly others: readonly StackModel[];
}

/** Of what loading said: what Docker will do otherwise than the file reads. The rest `compile` mends, or says again. */
const CARRIED = new Set(['stack-ignored', 'include-conflict']);

/**
 * Compiles the first file; the others, and `live`, are there for what lies between. A file wins over a live stack of
 * the same name, and what the flags say holds for the stacks of all files: they are deployed the same way.
 * @throws BadFiles
 */
export function compileStack(
  loaded: LoadedStacks,
  flags: SegmentFlags,
  live: readonly StackModel[] = [],
): CompiledStack {
  const file = loaded.files[0];
  if (!file) throw new BadFiles(loaded.diagnostics, loaded.sources);
  const written = loaded.model.stacks.filter(({ name }) => name !== file.stack);
  const names = new Set([file.stack, ...written.map(({ name }) => name)]);
  const others = [
    ...written.map((stack) =>
      flags.encrypted === undefined ? stack : { ...stack, encrypted: flags.encrypted },
    ),
    ...live.filter(({ name }) => !names.has(name)),
  ];
  const compiled = compile(file, { ...flags, others });
  if (hasErrors(compiled.diagnostics)) throw new BadFiles(compiled.diagnostics, loaded.sources);
  const carried = loaded.diagnostics.filter(({ code }) => CARRIED.has(code));
  const diagnostics = sortDiagnostics([...carried, ...compiled.diagnostics]);
  return { file, compiled: { ...compiled, diagnostics }, others };
}
