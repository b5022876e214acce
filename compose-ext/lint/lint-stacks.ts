import type { Diagnostic, Severity } from '../diagnostic.ts';
import type { ComposeFile } from '../load/compose-file.ts';
import { suggest } from '../nearest.ts';
import type { PolicyModel } from '../policy-model.ts';
import { createReport, hasErrors, sortDiagnostics } from '../report.ts';
import { repairOf } from './error-fixes.ts';
import { readIgnoreComments, type IgnoreComment } from './ignore-comments.ts';
import { createLintContext, type LintContext } from './lint-context.ts';
import type { Finding, Fix, LintRule } from './lint-rule.ts';
import { LINT_RULES } from './registry.ts';

export interface LintInput {
  readonly files: readonly ComposeFile[];
  readonly model: PolicyModel;
  /** Of reading the files. */
  readonly diagnostics: readonly Diagnostic[];
  /** Texts by the name that positions carry. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface LintDiagnostic extends Diagnostic {
  readonly fix?: Fix;
}

/** A diagnostic, and what decides whether it is shown. */
interface Candidate {
  readonly diagnostic: LintDiagnostic;
  readonly file?: ComposeFile;
  readonly lines: readonly number[];
}

const RULES = new Map(LINT_RULES.map((rule) => [rule.id, rule]));
/** As many as reading reports at most; see `createReport`. */
const MAX_FINDINGS = 1000;

/** What reading found and what the rules find, less what the files silence; sorted. */
export function lintStacks(input: LintInput): LintDiagnostic[] {
  const context = createLintContext(input.model, input.sources);
  const sound = !hasErrors(input.diagnostics);
  const ignores = [...input.sources].flatMap(([file, text]) => readIgnoreComments(file, text));
  const used = new Set<IgnoreComment>();
  const shown = [...readFindings(input, context), ...ruleFindings(input, context, sound)].flatMap(
    (candidate) => {
      const rule = RULES.get(candidate.diagnostic.code);
      // Reading's errors are no rule's: nothing silences them.
      if (rule === undefined || (!rule.check && candidate.diagnostic.severity === 'error'))
        return [candidate.diagnostic];
      const ignored = ignores.filter((comment) => silences(comment, candidate));
      for (const comment of ignored) used.add(comment);
      const level = severityFor(rule, candidate);
      if (ignored.length > 0 || level === 'off') return [];
      return [{ ...candidate.diagnostic, severity: level }];
    },
  );
  const judged = (comment: IgnoreComment) => wasJudged(comment, input, context, sound);
  const unused = ignores.filter((comment) => !used.has(comment) && judged(comment));
  return sortDiagnostics([...shown, ...silencing(input.files, ignores, unused)]);
}

function readFindings({ diagnostics, files }: LintInput, context: LintContext): Candidate[] {
  return diagnostics.map((diagnostic) => {
    const file = fileOf(diagnostic, files);
    const fix = repairOf(diagnostic, file, context);
    return {
      diagnostic: fix ? { ...diagnostic, fix } : diagnostic,
      ...(file ? { file } : {}),
      lines: [diagnostic.line],
    };
  });
}

/** Of a stack's files only the first names it; a lone stack is what all of them belong to. */
function fileOf({ file }: Diagnostic, files: readonly ComposeFile[]): ComposeFile | undefined {
  return files.find(({ file: name }) => name === file) ?? (files.length === 1 ? files[0] : undefined);
}

function ruleFindings({ files }: LintInput, context: LintContext, sound: boolean): Candidate[] {
  const rules = LINT_RULES.filter(({ scope }) => sound || scope === 'service');
  const seen = new Set<string>();
  return files.flatMap((file) =>
    rules.flatMap((rule) =>
      [...take(rule.check?.(file, context) ?? [], MAX_FINDINGS)].flatMap((finding): Candidate[] => {
        const diagnostic = toDiagnostic(rule, finding);
        // One text reached twice, through an alias or a merge, is one finding.
        const key = JSON.stringify([diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.message]);
        if (seen.has(key)) return [];
        seen.add(key);
        const { at, within } = finding;
        return [{ diagnostic, file, lines: [at.line, ...(within?.file === at.file ? [within.line] : [])] }];
      }),
    ),
  );
}

function* take<T>(items: Iterable<T>, count: number): Iterable<T> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

function toDiagnostic(
  { id, severity }: LintRule,
  { at: { file, line, column }, message, hint = '', fix }: Finding,
): LintDiagnostic {
  return { code: id, severity, message, file, line, column, hint, ...(fix ? { fix } : {}) };
}

function silences({ rule, origin, line }: IgnoreComment, { diagnostic, lines }: Candidate): boolean {
  return rule === diagnostic.code && origin.file === diagnostic.file && lines.includes(line);
}

/** The last one wins, as in any map. */
function severityFor({ id }: LintRule, { diagnostic, file }: Candidate): Severity | 'off' {
  return file?.lintLevels.findLast(({ rule }) => rule === id)?.level ?? diagnostic.severity;
}

/** Whether the rule could have said something there, had there been a reason. */
function wasJudged(
  { rule: id, origin }: IgnoreComment,
  { files }: LintInput,
  context: LintContext,
  sound: boolean,
): boolean {
  const rule = RULES.get(id);
  const file = files.find(({ file: name }) => name === origin.file);
  if (rule === undefined || file === undefined) return false;
  if (file.lintLevels.some(({ rule: off, level }) => off === id && level === 'off')) return false;
  if (rule.scope === 'service') return true;
  return sound && !(rule.scope === 'stacks' && context.namesUnknownStacks(file));
}

/** What is wrong with the silencing itself. */
function silencing(
  files: readonly ComposeFile[],
  ignores: readonly IgnoreComment[],
  unused: readonly IgnoreComment[],
): readonly Diagnostic[] {
  const report = createReport();
  for (const { rule, origin } of [...ignores, ...files.flatMap(({ lintLevels }) => lintLevels)]) {
    if (RULES.has(rule)) continue;
    const message = rule === '' ? 'an ignore comment names no rule' : `there is no lint rule "${rule}"`;
    report.warn('unknown-rule', origin, message, suggest(rule, RULES.keys(), 'See: swarmwall lint --rules'));
  }
  for (const { rule, origin } of unused)
    report.warn('unused-ignore', origin, `"${rule}" has nothing to say here`, 'Remove the comment.');
  return report.diagnostics;
}
