import { readFileSync } from 'node:fs';
import { buildModel, loadCompose, sortDiagnostics, type Diagnostic } from '../../../compose-ext/index.ts';

export function readFixture(path: string): string {
  return readFileSync(new URL(`fixtures/${path}`, import.meta.url), 'utf8');
}

/** Everything that `lint` says of one file. */
export function lint(text: string, file = 'compose.yaml'): Diagnostic[] {
  const loaded = loadCompose(text, { file });
  return sortDiagnostics([...loaded.diagnostics, ...buildModel([loaded.file]).diagnostics]);
}

export function brief({ code, line, column }: Diagnostic): string {
  return `${code} ${line} ${column}`;
}
