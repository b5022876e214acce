import { hasErrors, loadPolicies, sortDiagnostics } from '../../../compose-ext/index.ts';
import type {
  Diagnostic,
  LoadedPolicies,
  ManifestText,
  PolicyDocument,
  PolicyModel,
} from '../../../compose-ext/index.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { findManifests } from '../manifests/find-manifests.ts';
import { readSource } from '../read-source.ts';

export interface ReadPolicies extends LoadedPolicies {
  /** Texts by the name that diagnostics carry. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Every file of these files and directories, every mistake. */
export async function readPolicies(io: CliIo, paths: readonly string[]): Promise<ReadPolicies> {
  if (paths.filter((path) => path === '-').length > 1)
    throw new CliFailure('bad-usage', 'standard input can be read only once');
  const found = await findManifests(io, paths);
  const diagnostics: Diagnostic[] = [...found.diagnostics];
  const texts: ManifestText[] = [];
  for (const { file } of found.files) {
    const source = await readSource(io, file);
    if (source.kind === 'unreadable') diagnostics.push(source.diagnostic);
    else texts.push({ file: source.file, text: source.text });
  }
  const loaded = loadPolicies(texts);
  return {
    documents: loaded.documents,
    diagnostics: sortDiagnostics([...diagnostics, ...loaded.diagnostics]),
    sources: new Map(texts.map(({ file, text }) => [file, text])),
  };
}

/** For commands that need sound ones. @throws BadFiles */
export async function readSoundPolicies(io: CliIo, paths: readonly string[]): Promise<ReadPolicies> {
  const read = await readPolicies(io, paths);
  if (hasErrors(read.diagnostics)) throw new BadFiles(read.diagnostics, read.sources, 'policies');
  return read;
}

export function modelOf(
  documents: readonly PolicyDocument[],
): Required<Pick<PolicyModel, 'clusterPolicies' | 'groups'>> {
  return {
    clusterPolicies: documents.flatMap((each) => (each.kind === 'policy' ? each.policy : [])),
    groups: documents.flatMap((each) => (each.kind === 'group' ? each.group : [])),
  };
}
