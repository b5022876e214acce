import { Option } from 'commander';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { StackFile } from './load-stacks.ts';
import { collect } from './session.ts';

export interface FileOptions {
  readonly composeFile?: string;
  readonly stack?: string;
  readonly envFile?: readonly string[];
  readonly with?: readonly StackFile[];
}

function otherStack(value: string, before: readonly StackFile[] | undefined): readonly StackFile[] {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError('Write it as STACK=FILE.');
  return [...(before ?? []), { stack: value.slice(0, at), file: value.slice(at + 1) }];
}

export const composeFileOption = (): Option =>
  new Option('-c, --compose-file <file>', 'the Compose file; `-` is standard input');

export const envFileOption = (): Option =>
  new Option(
    '--env-file <file>',
    "the file's variables (else the .env beside it); may be repeated",
  ).argParser(collect);

export function withOtherStacks(command: Command): Command {
  return command
    .addOption(envFileOption())
    .addOption(
      new Option('--with <stack=file>', 'another stack that its policies name; may be repeated').argParser(
        otherStack,
      ),
    );
}

export function stackOption(): Option {
  return new Option('--stack <name>', "the stack's name (else the file's `name:`, else its folder's)");
}

/** The stack itself first, then those of --with. */
export function stackFiles(composeFile: string, options: FileOptions): readonly StackFile[] {
  const own = {
    file: composeFile,
    ...(options.stack === undefined ? {} : { stack: options.stack }),
    ...(options.envFile === undefined ? {} : { envFiles: options.envFile }),
  };
  return [own, ...(options.with ?? [])];
}
