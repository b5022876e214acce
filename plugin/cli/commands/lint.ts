import { Command, Option } from 'commander';
import type { Target } from '../../../compose-ext/index.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { composeFiles, stackFiles, withComposeFiles, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import type { CliIo } from '../io.ts';
import { loadStacks } from '../load-stacks.ts';
import type { StackFile } from '../load-stacks.ts';
import { countSeverities } from '../print-diagnostics.ts';
import { printFound } from '../print-found.ts';
import { withProgress } from '../progress.ts';
import { action, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface LintOptions extends JsonOption, FileOptions {
  readonly strict?: true;
  readonly for?: Target;
}

export function lintCommand(session: Session): Command {
  return withJson(withOtherStacks(withComposeFiles(new Command('lint'))))
    .summary('find every mistake in Compose files, with its line')
    .description(
      'Checks Compose files, each one a stack: the labels swarmwall.ingress and swarmwall.egress, x-swarmwall,\n' +
        'and the services that they name. Files of -c are one stack together. Services of all profiles are checked,\n' +
        'unless --profile or COMPOSE_PROFILES says which. Exit code 0: no errors. 2: errors.',
    )
    .argument('[file...]', 'Compose files; `-` is standard input')
    .addOption(
      new Option('--for <what>', 'what the files are for (else as they look)').choices(['stack', 'compose']),
    )
    .option('--strict', 'warnings are errors')
    .addHelpText(
      'after',
      examples(session, [
        ['lint compose.yaml', 'one stack'],
        ['lint shop.yaml monitoring.yaml', 'stacks that name each other'],
        ['lint -c compose.yaml -c production.yaml', 'files of one stack, merged'],
        ['lint compose.yaml --for stack', 'also what a stack deploy refuses'],
        ['lint --json - < compose.yaml', 'for an editor or CI'],
      ]),
    )
    .action(
      action(session, (files: readonly string[], options: LintOptions) => lint(session, files, options)),
    );
}

async function lint({ io }: Session, files: readonly string[], options: LintOptions): Promise<ExitCode> {
  const wanted = lintedStacks(io.env, files, options);
  if (wanted.length === 0)
    throw new CliFailure('bad-usage', 'no file given', { hint: 'For example: swarmwall lint compose.yaml' });
  const { diagnostics, sources } = await withProgress(io, 'reading', () => loadStacks(io, wanted));
  const counts = countSeverities(diagnostics);
  const failed = counts.error > 0 || (options.strict === true && counts.warning > 0);
  printFound(io, { diagnostics, sources, files: wanted.length }, options);
  return failed ? 2 : 0;
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
