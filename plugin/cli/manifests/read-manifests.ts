import { hasErrors, loadManifests, sortDiagnostics } from '../../../compose-ext/index.ts';
import type { Diagnostic, LoadedManifests, ManifestText } from '../../../compose-ext/index.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { readSource } from '../read-source.ts';
import { findManifests } from './find-manifests.ts';

export interface ReadManifests extends LoadedManifests {
  /** How many were there, readable or not. */
  readonly files: number;
  /** Texts by the name that diagnostics carry. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Every file of these files and directories, every mistake; the cluster is whole only when there are no errors. */
export async function readManifests(io: CliIo, paths: readonly string[]): Promise<ReadManifests> {
  if (paths.filter((path) => path === '-').length > 1)
    throw new CliFailure('bad-usage', 'standard input can be read only once');
  const found = await findManifests(io, paths);
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  const texts: ManifestText[] = [];
  for (const { file, given } of found.files) {
    const source = await readSource(io, file);
    if (source.kind === 'unreadable') diagnostics.push(source.diagnostic);
    else texts.push({ file: source.file, text: source.text, ...(!given && { maybe: true }) });
  }
  if (texts.length + diagnostics.length === 0)
    throw new CliFailure('unreadable-file', `${paths.join(', ')}: no manifests there`, {
      hint: 'In directories, files called *.yaml, *.yml and *.json are read.',
    });
  const loaded = loadManifests(texts);
  return {
    ...loaded,
    diagnostics: sortDiagnostics([...diagnostics, ...loaded.diagnostics]),
    files: found.files.length + found.diagnostics.length,
    sources: new Map(texts.map(({ file, text }) => [file, text])),
  };
}

/** For commands that need sound manifests. @throws BadFiles */
export async function readSoundManifests(io: CliIo, paths: readonly string[]): Promise<ReadManifests> {
  const read = await readManifests(io, paths);
  if (hasErrors(read.diagnostics)) throw new BadFiles(read.diagnostics, read.sources, 'manifests');
  return read;
}
