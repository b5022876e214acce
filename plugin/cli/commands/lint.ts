import { Command, Option } from 'commander';
import type { Target } from '../../../compose-ext/index.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { composeFiles, stackFiles, withComposeFiles, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import type { CliIo } from '../io.ts';
import { fixFiles } from '../lint/fix-files.ts';
import { FORMATS, formatReport, printDiff, printFixed } from '../lint/format-report.ts';
import type { LintFormat } from '../lint/format-report.ts';
import { lintFiles } from '../lint/lint-files.ts';
import type { LintedFiles } from '../lint/lint-files.ts';
import { printRules } from '../lint/print-rules.ts';
import { unifiedDiff } from '../lint/unified-diff.ts';
import type { StackFile } from '../load-stacks.ts';
import { countSeverities } from '../print-diagnostics.ts';
import { withProgress } from '../progress.ts';
import { replaceText, writeWhole } from '../read-source.ts';
import { action, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface LintOptions extends JsonOption, FileOptions {
  readonly format?: LintFormat;
  readonly output?: string;
  readonly fix?: true;
  readonly dryRun?: true;
  readonly rules?: true;
  readonly strict?: true;
  readonly for?: Target;
}

export function lintCommand(session: Session): Command {
  return withJson(withOtherStacks(withComposeFiles(new Command('lint'))))
    .summary('find every mistake in Compose files, with its line')
    .description(
      'Checks Compose files, each one a stack: the labels swarmwall.ingress and swarmwall.egress, x-swarmwall,\n' +
        'the services that they name, and what makes a policy useless. Files of -c are one stack together. Services of\n' +
        'all profiles are checked, unless --profile or COMPOSE_PROFILES says which. A comment `# swarmwall-ignore RULE\n' +
        'reason` silences a rule for its line or the next. Exit code 0: no errors. 2: errors.',
    )
    .argument('[file...]', 'Compose files; `-` is standard input')
    .addOption(
      new Option('--for <what>', 'what the files are for (else as they look)').choices(['stack', 'compose']),
    )
    .option('--strict', 'warnings are errors')
    .option('--fix', 'repair in place what is mechanical')
    .option('--dry-run', 'with --fix: print the changes as a diff, and write nothing')
    .addOption(new Option('--format <format>', 'how to print (text)').choices(FORMATS))
    .option('-o, --output <out>', 'write to this file instead of standard output')
    .option('--rules', 'list the rules')
    .addHelpText(
      'after',
      examples(session, [
        ['lint compose.yaml', 'one stack'],
        ['lint shop.yaml monitoring.yaml', 'stacks that name each other'],
        ['lint -c compose.yaml -c production.yaml', 'files of one stack, merged'],
        ['lint compose.yaml --for stack', 'also what a stack deploy refuses'],
        ['lint --json - < compose.yaml', 'for an editor or CI'],
        ['lint --format sarif -o lint.sarif compose.yaml', 'for a code host'],
        ['lint --fix --dry-run compose.yaml', 'what it would repair'],
      ]),
    )
    .action(
      action(session, (files: readonly string[], options: LintOptions) => lint(session, files, options)),
    );
}

async function lint(session: Session, files: readonly string[], options: LintOptions): Promise<ExitCode> {
  const { io, config } = session;
  const format = formatOf(options);
  if (options.rules) {
    printRules(io, format === 'json', config.docsUrl);
    return 0;
  }
  const wanted = lintedStacks(io.env, files, options);
  if (wanted.length === 0)
    throw new CliFailure('bad-usage', 'no file given', { hint: 'For example: swarmwall lint compose.yaml' });
  if (options.dryRun && !options.fix) throw new CliFailure('bad-usage', '--dry-run goes with --fix');
  const linted = options.fix
    ? await fix(session, wanted, options.dryRun === true, format)
    : await withProgress(io, 'reading', () => lintFiles(io, wanted));
  if (options.dryRun !== true || format !== 'text') {
    const text = formatReport(session, linted, {
      format,
      files: wanted.length,
      toFile: isFile(options.output),
    });
    if (isFile(options.output)) await writeWhole(io, options.output, text);
    else io.stdout.write(text);
  }
  const counts = countSeverities(linted.diagnostics);
  return counts.error > 0 || (options.strict === true && counts.warning > 0) ? 2 : 0;
}

function formatOf({ json, format }: LintOptions): LintFormat {
  if (json && format !== undefined && format !== 'json')
    throw new CliFailure('bad-usage', `--json and --format ${format} exclude each other`);
  return json ? 'json' : (format ?? 'text');
}

function isFile(output: string | undefined): output is string {
  return output !== undefined && output !== '-';
}

/** What it did is said beside the report, unless people read that. */
async function fix(
  { io }: Session,
  wanted: readonly StackFile[],
  dryRun: boolean,
  format: LintFormat,
): Promise<LintedFiles> {
  if (wanted.some(({ file, overrides = [] }) => [file, ...overrides].includes('-')))
    throw new CliFailure('bad-usage', 'standard input cannot be fixed', { hint: 'Give a file.' });
  const result = await withProgress(io, 'fixing', () => fixFiles(io, wanted));
  const sink = format === 'text' ? io.stdout : io.stderr;
  for (const { file, before, after } of result.changes) {
    if (dryRun) printDiff(sink, unifiedDiff(file, before, after));
    else await replaceText(io, file, before, after);
  }
  if (!dryRun) printFixed(sink, result.fixed);
  else io.stderr.write(`${result.fixed.length} to fix; nothing was written\n`);
  return result.linted;
}

/** Those of -c and --with, then each file named as it is. */
function lintedStacks(
  env: CliIo['env'],
  files: readonly string[],
  { for: target, ...options }: LintOptions,
): readonly StackFile[] {
  const profile = options.profile ?? (env['COMPOSE_PROFILES'] ? undefined : ['*']);
  const shared = { ...options, ...(profile ? { profile } : {}), ...(target ? { target } : {}) };
  const merged = composeFiles(options);
  const { with: others = [], ...alone } = shared;
  const named = files.flatMap((file) => stackFiles(file, alone));
  const first = merged ? stackFiles(merged, shared) : stackFiles('', { ...shared, with: others }).slice(1);
  return [...first, ...named];
}
