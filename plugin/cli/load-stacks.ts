import { basename, dirname, extname, resolve } from 'node:path';
import {
  buildModel,
  checkGroups,
  checkStackGroups,
  hasErrors,
  loadProject,
  runReadingAsync,
  sortDiagnostics,
} from '../../compose-ext/index.ts';
import type {
  ComposeFile,
  ComposeText,
  Diagnostic,
  Environment,
  PolicyModel,
  ProjectOptions,
  Target,
} from '../../compose-ext/index.ts';
import { BadFiles, CliFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import { modelOf, readPolicies } from './policy/read-policies.ts';
import { readEnvironment } from './read-environment.ts';
import { readIncluded, readSource } from './read-source.ts';

export interface StackFile {
  /** `-` is standard input. */
  readonly file: string;
  /** Merged over it, in their order. */
  readonly overrides?: readonly string[];
  /** Else those of COMPOSE_PROFILES; `*` is all. */
  readonly profiles?: readonly string[];
  /** What it is for, when that is known. */
  readonly target?: Target;
  /** Wins over the file's own `name:`. */
  readonly stack?: string;
  /** Of variables; else the `.env` beside the file. */
  readonly envFiles?: readonly string[];
  /** Files of cluster policies that hold for all stacks together. */
  readonly policies?: readonly string[];
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

/** Every file, every mistake; `model` is whole only when there are no errors. */
export async function loadStacks(io: CliIo, wanted: readonly StackFile[]): Promise<LoadedStacks> {
  if (
    wanted.flatMap(({ file, overrides = [] }) => [file, ...overrides]).filter((file) => file === '-').length >
    1
  )
    throw new CliFailure('bad-usage', 'standard input can be read only once');
  const sources = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const files: ComposeFile[] = [];
  let fromFiles: Environment | undefined;
  for (const each of wanted) {
    const texts = await readTexts(io, each, diagnostics);
    for (const { file, text } of texts) sources.set(file, text);
    // What stands above an unreadable file is not what was meant.
    if (texts.length <= (each.overrides?.length ?? 0)) continue;
    const read = await readEnvironment(io, each.file, each.envFiles);
    for (const [path, text] of read.sources) sources.set(path, text);
    diagnostics.push(...read.diagnostics);
    fromFiles ??= read.fromFiles;
    const loaded = await runReadingAsync(
      loadProject(texts, projectOptions(io, each, read.environment)),
      (file) => readIncluded(io, file),
    );
    for (const [path, text] of loaded.texts) sources.set(path, text);
    files.push(loaded.file);
    diagnostics.push(...loaded.diagnostics);
  }
  const built = buildModel(files);
  diagnostics.push(...built.diagnostics);
  const model = await withPolicies(io, built.model, wanted, { sources, diagnostics });
  return {
    files,
    model,
    diagnostics: sortDiagnostics(diagnostics),
    sources,
    fromFiles: fromFiles ?? {},
  };
}

/** Without --policies nobody knows here which groups there are, so none is missed. */
async function withPolicies(
  io: CliIo,
  model: PolicyModel,
  wanted: readonly StackFile[],
  to: { readonly sources: Map<string, string>; readonly diagnostics: Diagnostic[] },
): Promise<PolicyModel> {
  const paths = new Set(wanted.flatMap(({ policies = [] }) => policies));
  if (paths.size === 0) return model;
  const read = await readPolicies(io, [...paths]);
  for (const [file, text] of read.sources) to.sources.set(file, text);
  to.diagnostics.push(
    ...read.diagnostics,
    ...checkGroups(read.documents),
    ...checkStackGroups(model, read.documents),
  );
  return { ...model, ...modelOf(read.documents) };
}

async function readTexts(
  io: CliIo,
  { file, overrides = [] }: StackFile,
  diagnostics: Diagnostic[],
): Promise<readonly ComposeText[]> {
  const texts: ComposeText[] = [];
  for (const name of [file, ...overrides]) {
    const source = await readSource(io, name);
    if (source.kind === 'unreadable') diagnostics.push(source.diagnostic);
    else texts.push({ file: source.file, text: source.text });
  }
  return texts;
}

function projectOptions(
  io: CliIo,
  { file, stack, profiles, target }: StackFile,
  environment: Environment,
): ProjectOptions {
  const active = profiles ?? (environment['COMPOSE_PROFILES'] ?? '').split(',').map((each) => each.trim());
  return {
    environment,
    profiles: active.filter((each) => each !== ''),
    ...(stack === undefined ? {} : { stack }),
    fallbackName: nameByPath(io, file),
    ...(target === undefined ? {} : { target }),
  };
}

/** For commands that need sound files. @throws BadFiles */
export async function loadSoundStacks(io: CliIo, wanted: readonly StackFile[]): Promise<LoadedStacks> {
  const loaded = await loadStacks(io, wanted);
  if (hasErrors(loaded.diagnostics)) throw new BadFiles(loaded.diagnostics, loaded.sources);
  return loaded;
}
