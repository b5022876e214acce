import { lintStacks } from '../../../compose-ext/index.ts';
import type { LintDiagnostic } from '../../../compose-ext/index.ts';
import type { CliIo } from '../io.ts';
import { loadStacks } from '../load-stacks.ts';
import type { LoadedStacks, StackFile } from '../load-stacks.ts';

export interface LintedFiles extends Pick<LoadedStacks, 'sources'> {
  readonly diagnostics: readonly LintDiagnostic[];
}

/** Reads the files, and asks every rule. */
export async function lintFiles(io: CliIo, wanted: readonly StackFile[]): Promise<LintedFiles> {
  const loaded = await loadStacks(io, wanted);
  return { diagnostics: lintStacks(loaded), sources: loaded.sources };
}
