import type { CliIo, TextSink } from '../io.ts';
import { printFound } from '../print-found.ts';
import { printJson } from '../session.ts';
import type { Session } from '../session.ts';
import { printable } from '../style.ts';
import type { FixedDiagnostic } from './fix-files.ts';
import type { LintedFiles } from './lint-files.ts';
import { toSarif } from './sarif.ts';

export const FORMATS = ['text', 'json', 'sarif'] as const;
export type LintFormat = (typeof FORMATS)[number];

export interface ReportOptions {
  readonly format: LintFormat;
  /** How many were given. */
  readonly files: number;
  /** Then it has no colours. */
  readonly toFile: boolean;
}

export function formatReport(session: Session, linted: LintedFiles, options: ReportOptions): string {
  const { io, config } = session;
  let text = '';
  const sink: TextSink = {
    ...(options.toFile ? { isTTY: false } : io.stdout),
    write: (part) => void (text += part),
  };
  const own: CliIo = { ...io, stdout: sink, env: options.toFile ? {} : io.env };
  if (options.format === 'sarif')
    printJson(own, toSarif({ ...linted, cwd: io.cwd, version: config.version, docsUrl: config.docsUrl }));
  else printFound(own, { ...linted, files: options.files }, options.format === 'json' ? { json: true } : {});
  return text;
}

export function printFixed(sink: TextSink, fixed: readonly FixedDiagnostic[]): void {
  for (const { file, line, column, code, fix } of fixed)
    sink.write(`${printable(`${file}:${line}:${column} fixed ${code} ${fix.title}`)}\n`);
  if (fixed.length > 0) sink.write('\n');
}

/** A terminal shows escape sequences, and does not obey them; others get the very text, as `git apply` needs it. */
export function printDiff(sink: TextSink, diff: string): void {
  const text = sink.isTTY ? diff.split('\n').map(printable).join('\n') : diff;
  sink.write(text);
}
