import { applyEdits } from '../../../compose-ext/index.ts';
import type { Fix, LintDiagnostic } from '../../../compose-ext/index.ts';
import type { CliIo } from '../io.ts';
import type { StackFile } from '../load-stacks.ts';
import { countSeverities } from '../print-diagnostics.ts';
import { lintFiles } from './lint-files.ts';
import type { LintedFiles } from './lint-files.ts';

export type FixedDiagnostic = LintDiagnostic & { readonly fix: Fix };

export interface FixedFiles {
  readonly fixed: readonly FixedDiagnostic[];
  /** Of each changed file. */
  readonly changes: readonly { readonly file: string; readonly before: string; readonly after: string }[];
  /** What remains. */
  readonly linted: LintedFiles;
}

/** One repair may uncover the next; more rounds than this are no person's file. */
const MAX_ROUNDS = 20;

/** Repairs what is mechanical, in memory: nothing is written here. A round that makes more errors is taken back. */
export async function fixFiles(io: CliIo, wanted: readonly StackFile[]): Promise<FixedFiles> {
  const fixed: FixedDiagnostic[] = [];
  const first = await lintFiles(io, wanted);
  let linted = first;
  let unsaved: ReadonlyMap<string, string> = new Map();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { texts, done } = applyEdits(linted.sources, linted.diagnostics.filter(isFixable));
    if (done.length === 0) break;
    const tried = new Map([...unsaved, ...texts]);
    const next = await lintFiles({ ...io, unsaved: tried }, wanted);
    if (errorsIn(next) > errorsIn(linted)) break;
    fixed.push(...done);
    [linted, unsaved] = [next, tried];
  }
  const changes = [...unsaved].map(([file, after]) => ({
    file,
    before: first.sources.get(file) ?? '',
    after,
  }));
  return { fixed, changes: changes.filter(({ before, after }) => before !== after), linted };
}

function isFixable(diagnostic: LintDiagnostic): diagnostic is FixedDiagnostic {
  return diagnostic.fix !== undefined;
}

function errorsIn({ diagnostics }: LintedFiles): number {
  return countSeverities(diagnostics).error;
}
