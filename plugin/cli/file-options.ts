import { Option } from 'commander';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { CliFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import type { StackFile } from './load-stacks.ts';
import { collect } from './session.ts';

export interface FileOptions {
  /** The files of one stack, merged in their order. */
  readonly composeFile?: readonly string[];
  /** The same as Docker Compose spells it; after those of -c. */
  readonly file?: readonly string[];
  readonly profile?: readonly string[];
  readonly stack?: string;
  readonly envFile?: readonly string[];
  readonly with?: readonly StackFile[];
  /** Of cluster policies and groups. */
  readonly policies?: readonly string[];
}

function otherStack(value: string, before: readonly StackFile[] | undefined): readonly StackFile[] {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError('Write it as STACK=FILE.');
  return [...(before ?? []), { stack: value.slice(0, at), file: value.slice(at + 1) }];
}

/** Which files `composeFiles` then tells. */
export function withComposeFiles(command: Command): Command {
  return command
    .addOption(composeFileOption())
    .addOption(
      new Option('-f, --file <file>', 'the same, as docker compose spells it').argParser(collect).hideHelp(),
    );
}

export const composeFileOption = (): Option =>
  new Option(
    '-c, --compose-file <file>',
    'the Compose file; `-` is standard input; may be repeated: later files are merged over earlier ones',
  ).argParser(collect);

export const profileOption = (): Option =>
  new Option(
    '--profile <name>',
    'take in services of this profile (else those of COMPOSE_PROFILES); may be repeated, `*` is all',
  ).argParser(collect);

/** Of -c and -f; undefined when there is none. */
export function composeFiles({ composeFile = [], file = [] }: FileOptions): readonly string[] | undefined {
  const files = [...composeFile, ...file];
  return files.length === 0 ? undefined : files;
}

/** The same, else those of COMPOSE_FILE. @throws CliFailure */
export function neededFiles(io: CliIo, options: FileOptions): readonly string[] {
  const { COMPOSE_FILE: named = '', COMPOSE_PATH_SEPARATOR: separator } = io.env;
  const files = composeFiles(options) ?? named.split(separator || ':').filter((file) => file !== '');
  if (files.length > 0) return files;
  throw new CliFailure('bad-usage', 'no Compose file given', {
    hint: 'Name it with -c FILE, or set COMPOSE_FILE.',
  });
}

export const envFileOption = (): Option =>
  new Option(
    '--env-file <file>',
    "the file's variables (else the .env beside it); may be repeated",
  ).argParser(collect);

export const policiesOption = (): Option =>
  new Option(
    '--policies <file>',
    'cluster policies and groups that hold too, a file or a directory; may be repeated',
  ).argParser(collect);

export function withOtherStacks(command: Command): Command {
  return command
    .addOption(policiesOption())
    .addOption(envFileOption())
    .addOption(profileOption())
    .addOption(
      new Option(
        '--with <stack=file>',
        'another stack that its policies name; may be repeated, also for several files of one stack',
      ).argParser(otherStack),
    );
}

export function stackOption(): Option {
  return new Option('--stack <name>', "the stack's name (else the file's `name:`, else its folder's)");
}

/** The stack itself first, then those of --with. */
export function stackFiles(
  files: string | readonly string[],
  options: FileOptions & Pick<StackFile, 'target'>,
): readonly StackFile[] {
  const [file = '', ...overrides] = typeof files === 'string' ? [files] : files;
  const profiles = options.profile === undefined ? {} : { profiles: options.profile };
  const own = {
    file,
    overrides,
    ...profiles,
    ...(options.stack === undefined ? {} : { stack: options.stack }),
    ...(options.envFile === undefined ? {} : { envFiles: options.envFile }),
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(options.policies === undefined ? {} : { policies: options.policies }),
  };
  const others = new Map<string | undefined, StackFile>();
  for (const each of options.with ?? []) {
    const before = others.get(each.stack);
    const overrides = before ? [...(before.overrides ?? []), each.file] : [];
    others.set(each.stack, { ...(before ?? each), overrides, ...profiles });
  }
  return [own, ...others.values()];
}
