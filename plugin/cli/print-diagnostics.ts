import type { Diagnostic, Severity } from '../../compose-ext/diagnostic.ts';
import type { CliIo, TextSink } from './io.ts';
import { printable, styleFor } from './style.ts';
import type { Style } from './style.ts';

const PAINT: Record<Severity, (style: Style) => (text: string) => string> = {
  error: (style) => (text) => style.red(style.bold(text)),
  warning: (style) => style.yellow,
  info: (style) => style.blue,
};

/** Tabs stay tabs under the line, so that the caret stands right whatever a tab's width is. */
function underline(line: string, column: number): string {
  return line.slice(0, column - 1).replace(/[^\t]/gu, ' ');
}

function frame(style: Style, each: Diagnostic, source: readonly string[] | undefined): string[] {
  const line = source?.[each.line - 1];
  if (line === undefined || line.trim() === '') return [];
  const gutter = String(each.line);
  const blank = ' '.repeat(gutter.length);
  const column = Math.min(each.column, line.length + 1);
  return [
    `  ${style.dim(`${gutter} |`)} ${printable(line)}`,
    `  ${style.dim(`${blank} |`)} ${underline(line, column)}${PAINT[each.severity](style)('^')}`,
  ];
}

/** `file:line:column severity code message`, the line with a caret, and the hint. */
export function printDiagnostics(
  io: CliIo,
  sink: TextSink,
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
): void {
  const style = styleFor(io, sink);
  const split = new Map<string, readonly string[] | undefined>();
  const linesOf = (file: string): readonly string[] | undefined => {
    if (!split.has(file)) split.set(file, sources.get(file)?.split(/\r?\n/u));
    return split.get(file);
  };
  for (const each of diagnostics) {
    const place = style.bold(`${printable(each.file)}:${each.line}:${each.column}`);
    const severity = PAINT[each.severity](style)(each.severity);
    const lines = [
      `${place} ${severity} ${style.dim(each.code)} ${printable(each.message)}`,
      ...frame(style, each, linesOf(each.file)),
      ...(each.hint ? [`  ${style.cyan('hint:')} ${printable(each.hint)}`] : []),
    ];
    sink.write(`${lines.join('\n')}\n`);
  }
}

/** On stderr, beside a command's own output; remarks are for lint and --json. */
export function printWarnings(
  io: CliIo,
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
): void {
  printDiagnostics(
    io,
    io.stderr,
    diagnostics.filter(({ severity }) => severity !== 'info'),
    sources,
  );
}

export function countSeverities(diagnostics: readonly Diagnostic[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return counts;
}
