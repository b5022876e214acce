import { Command, Option } from 'commander';
import { connectivityOf } from '../../../rules/connectivity.ts';
import { connectivityDiff } from '../../../rules/connectivity-diff.ts';
import { withClusterOptions } from '../cluster-options.ts';
import { type DiffFormat, printDiff } from '../diff/print-diff.ts';
import { readSides, type SideOptions } from '../diff/read-sides.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { stackOption, withOtherStacks } from '../file-options.ts';
import { withProgress } from '../progress.ts';
import { action, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface DiffOptions extends SideOptions, JsonOption {
  readonly format?: DiffFormat;
}

export function diffCommand(session: Session): Command {
  const command = new Command('diff')
    .summary('what a change of files lets through, and what it cuts')
    .description(
      'Compares who reaches whom by A with who reaches whom by B: Compose files or the folders of them, with --k8s manifests.\n' +
        'Only reachability counts: policies written otherwise that come to the same are no change.\n' +
        'Exit code 0: no change. 1: something is added or removed. 2: it cannot be said.',
    )
    .argument('<file>', 'A, the version before; `-` is standard input')
    .argument('<file>', 'B, the version after')
    .addOption(stackOption())
    .option('--k8s', 'A and B are manifests, or directories of them')
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json', 'md']));
  return withJson(withClusterOptions(withOtherStacks(command)))
    .addHelpText(
      'after',
      examples(session, [
        ['diff old/compose.yaml compose.yaml', 'two versions of a stack'],
        ['diff - compose.yaml', 'git show main:compose.yaml | …'],
        ['diff --k8s --format md main/manifests manifests', 'for a comment on a pull request'],
      ]),
    )
    .action(
      action(session, (before: string, after: string, options: DiffOptions) =>
        diff(session, [before, after], options),
      ),
    );
}

async function diff(
  { io }: Session,
  sides: readonly [string, string],
  options: DiffOptions,
): Promise<ExitCode> {
  if (options.json && options.format !== undefined && options.format !== 'json')
    throw new CliFailure('bad-usage', `--json and --format ${options.format} cannot stand together`);
  const [before, after] = await withProgress(io, 'reading', () => readSides(io, sides, options));
  const found = connectivityDiff(connectivityOf(before), connectivityOf(after));
  printDiff(io, found, options.format ?? (options.json ? 'json' : 'table'));
  return found.added.length + found.removed.length > 0 ? 1 : 0;
}
