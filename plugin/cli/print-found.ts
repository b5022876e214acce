import type { Diagnostic } from '../../compose-ext/diagnostic.ts';
import type { CliIo } from './io.ts';
import { countSeverities, printDiagnostics } from './print-diagnostics.ts';
import { printJson } from './session.ts';
import type { JsonOption } from './session.ts';
import { styleFor } from './style.ts';

export interface Found {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  /** How many were read. */
  readonly files: number;
}

/** What a check of files found, as its own output: a list, or every diagnostic, then how many. */
export function printFound(io: CliIo, { diagnostics, sources, files }: Found, { json }: JsonOption): void {
  if (json) {
    printJson(
      io,
      diagnostics.map(({ code, severity, message, file, line, column, hint }) => ({
        ...{ code, severity, message, file, line, column, hint },
      })),
    );
    return;
  }
  printDiagnostics(io, io.stdout, diagnostics, sources);
  const style = styleFor(io, io.stdout);
  const counts = countSeverities(diagnostics);
  const found = [plural(counts.error, 'error'), plural(counts.warning, 'warning')].filter(Boolean).join(', ');
  const where = files === 1 ? '' : ` in ${files} files`;
  if (diagnostics.length > 0) io.stdout.write('\n');
  io.stdout.write(found ? `${style.bold(found)}${where}\n` : `${style.green('ok')}: no mistakes${where}\n`);
}

function plural(count: number, noun: string): string {
  return count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`;
}
