import type { Position, Severity } from '../diagnostic.ts';
import type { ComposeFile } from '../load/compose-file.ts';
import type { LintContext } from './lint-context.ts';

/** Replaces text of a file; offsets count UTF-16 units from 0. */
export interface TextEdit {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** A mechanical repair. */
export interface Fix {
  /** For people: what becomes of what. */
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Finding {
  readonly at: Position;
  /** Of what it stands in, such as the label of an entry: an ignore comment there counts as well. */
  readonly within?: Position;
  readonly message: string;
  readonly hint?: string;
  readonly fix?: Fix;
}

/**
 * What a rule must know to be sure. service: one service's own keys. stack: the whole file, without errors.
 * stacks: the other stacks too, so what it says changes with the files that are given.
 */
export type LintScope = 'service' | 'stack' | 'stacks';

export interface LintRule {
  /** Kebab-case, stable; its heading in docs/lint.md and its diagnostics' code. */
  readonly id: string;
  readonly severity: Severity;
  readonly scope: LintScope;
  /** One line. */
  readonly summary: string;
  /** Absent: reading the file finds it already. */
  check?(file: ComposeFile, context: LintContext): Iterable<Finding>;
}
