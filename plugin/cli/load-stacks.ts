import { basename, dirname, extname, resolve } from 'node:path';
import { buildModel, hasErrors, loadCompose, sortDiagnostics } from '../../compose-ext/index.ts';
import type { ComposeFile, Diagnostic, Environment, PolicyModel } from '../../compose-ext/index.ts';
import { BadFiles, CliFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import { readEnvironment } from './read-environment.ts';
import { readSource } from './read-source.ts';

export interface StackFile {
  /** `-` is standard input. */
  readonly file: string;
  /** Wins over the file's own `name:`. */
  readonly stack?: string;
  /** Of variables; else the `.env` beside the file. */
  readonly envFiles?: readonly string[];
}

export interface LoadedStacks {
  readonly files: readonly ComposeFile[];
  readonly model: PolicyModel;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts by the name that diagnostics carry. */
  readonly sources: ReadonlyMap<string, string>;
  /** Variables of the first stack's `.env`, as far as the environment does not have them. */
  readonly fromFiles: Environment;
}

const USUAL_NAMES = new Set(['compose', 'docker-compose', 'stack', 'docker-stack']);

/** As Docker Compose calls a project that has no name: by its folder. A file of an unusual name lends its own. */
function nameByPath(io: CliIo, file: string): string {
  if (file === '-') return 'stdin';
  const own = basename(file, extname(file));
  const name = USUAL_NAMES.has(own) ? basename(dirname(resolve(io.cwd, file))) : own;
  return name.toLowerCase().replace(/[^a-z0-9_-]/gu, '') || 'default';
}

function saysItsName(text: string): boolean {
  return /^(x-)?name\s*:/mu.test(text);
}

/** Every file, every mistake; `model` is whole only when there are no errors. */
export async function loadStacks(io: CliIo, wanted: readonly StackFile[]): Promise<LoadedStacks> {
  if (wanted.filter(({ file }) => file === '-').length > 1)
    throw new CliFailure('bad-usage', 'standard input can be read only once');
  const sources = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const files: ComposeFile[] = [];
  let fromFiles: Environment | undefined;
  for (const { file, stack, envFiles } of wanted) {
    const source = await readSource(io, file);
    if (source.kind === 'unreadable') {
      diagnostics.push(source.diagnostic);
      continue;
    }
    sources.set(source.file, source.text);
    const name = stack ?? (saysItsName(source.text) ? undefined : nameByPath(io, file));
    const read = await readEnvironment(io, file, envFiles);
    for (const [path, text] of read.sources) sources.set(path, text);
    diagnostics.push(...read.diagnostics);
    fromFiles ??= read.fromFiles;
    const loaded = loadCompose(source.text, {
      file: source.file,
      environment: read.environment,
      ...(name === undefined ? {} : { stack: name }),
    });
    files.push(loaded.file);
    diagnostics.push(...loaded.diagnostics);
  }
  const built = buildModel(files);
  diagnostics.push(...built.diagnostics);
  return {
    files,
    model: built.model,
    diagnostics: sortDiagnostics(diagnostics),
    sources,
    fromFiles: fromFiles ?? {},
  };
}

/** For commands that need sound files. @throws BadFiles */
export async function loadSoundStacks(io: CliIo, wanted: readonly StackFile[]): Promise<LoadedStacks> {
  const loaded = await loadStacks(io, wanted);
  if (hasErrors(loaded.diagnostics)) throw new BadFiles(loaded.diagnostics, loaded.sources);
  return loaded;
}
