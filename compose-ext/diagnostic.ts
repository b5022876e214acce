/** A place in a file; `line` and `column` count from 1, as editors do. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Severity = 'error' | 'warning' | 'info';

/** A user's mistake. All those of a file are returned at once; none is thrown. */
export interface Diagnostic extends Position {
  /** Stable kebab-case id, e.g. `unknown-service`. Documented in docs/diagnostics.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}
