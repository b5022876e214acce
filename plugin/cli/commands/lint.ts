import { Command, Option } from 'commander';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { envFileOption } from '../file-options.ts';
import { loadStacks } from '../load-stacks.ts';
import { countSeverities } from '../print-diagnostics.ts';
import { printFound } from '../print-found.ts';
import { withProgress } from '../progress.ts';
import { action, collect, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface LintOptions extends JsonOption {
  readonly composeFile?: readonly string[];
  readonly envFile?: readonly string[];
  readonly strict?: true;
}

export function lintCommand(session: Session): Command {
  return withJson(new Command('lint'))
    .summary('find every mistake in Compose files, with its line')
    .description(
      'Checks Compose files, each one a stack: the labels swarmwall.ingress and swarmwall.egress, x-swarmwall,\n' +
        'and the services that they name. Exit code 0: no errors. 2: errors.',
    )
    .argument('[file...]', 'Compose files; `-` is standard input')
    .addOption(
      new Option('-c, --compose-file <file>', 'the same, as other commands take it').argParser(collect),
    )
    .addOption(envFileOption())
    .option('--strict', 'warnings are errors')
    .addHelpText(
      'after',
      examples(session, [
        ['lint compose.yaml', 'one stack'],
        ['lint shop.yaml monitoring.yaml', 'stacks that name each other'],
        ['lint --json - < compose.yaml', 'for an editor or CI'],
      ]),
    )
    .action(
      action(session, (files: readonly string[], options: LintOptions) =>
        lint(session, [...files, ...(options.composeFile ?? [])], options),
      ),
    );
}

async function lint({ io }: Session, files: readonly string[], options: LintOptions): Promise<ExitCode> {
  if (files.length === 0)
    throw new CliFailure('bad-usage', 'no file given', { hint: 'For example: swarmwall lint compose.yaml' });
  const { diagnostics, sources } = await withProgress(io, 'reading', () =>
    loadStacks(
      io,
      files.map((file) => ({ file, ...(options.envFile ? { envFiles: options.envFile } : {}) })),
    ),
  );
  const counts = countSeverities(diagnostics);
  const failed = counts.error > 0 || (options.strict === true && counts.warning > 0);
  printFound(io, { diagnostics, sources, files: files.length }, options);
  return failed ? 2 : 0;
}
