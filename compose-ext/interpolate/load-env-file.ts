import type { Diagnostic } from '../diagnostic.ts';
import { createReport, sortDiagnostics } from '../report.ts';
import { sourceText } from '../syntax/source-text.ts';
import { readEnvFile } from './env-file.ts';
import type { Environment } from './interpolate.ts';

/** What the text of a `.env` says; its variables may use those of the environment, which win. */
export function loadEnvFile(
  text: string,
  file: string,
  environment: Environment,
): { readonly values: Environment; readonly diagnostics: readonly Diagnostic[] } {
  const report = createReport();
  const values = readEnvFile(sourceText(file, text), environment, report);
  return { values, diagnostics: sortDiagnostics(report.diagnostics) };
}
