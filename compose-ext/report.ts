import type { DiagnosticCode } from './diagnostic-codes.ts';
import type { Diagnostic, Position, Severity } from './diagnostic.ts';

/** Collects mistakes; nothing throws for one. */
export interface Report {
  readonly diagnostics: readonly Diagnostic[];
  error(code: DiagnosticCode, at: Position, message: string, hint?: string): void;
  warn(code: DiagnosticCode, at: Position, message: string, hint?: string): void;
  info(code: DiagnosticCode, at: Position, message: string, hint?: string): void;
}

/** A hostile file could hold a mistake in each byte; nobody reads more than these. */
const MAX_DIAGNOSTICS = 1000;

export function createReport(): Report {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const add =
    (severity: Severity) =>
    (code: DiagnosticCode, at: Position, message: string, hint = '') => {
      // One text reached twice, through an alias or a merge, is one mistake.
      const key = `${code} ${at.file} ${at.line} ${at.column} ${message}`;
      if (seen.has(key) || diagnostics.length >= MAX_DIAGNOSTICS) return;
      seen.add(key);
      const { file, line, column } = at;
      diagnostics.push({ code, severity, message, file, line, column, hint });
    };
  return { diagnostics, error: add('error'), warn: add('warning'), info: add('info') };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** In reading order; equal places keep theirs. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
