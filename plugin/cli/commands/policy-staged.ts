import { Command, Option } from 'commander';
import type { StagedStatus } from '../../api/staged-types.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { duration } from '../option-values.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { awaitLooked } from '../staged/await-looked.ts';
import { printStaged } from '../staged/print-staged.ts';
import {
  namedSubject,
  pickSubject,
  subjectOf,
  withSubject,
  type SubjectOptions,
} from '../staged/subject-options.ts';
import { printable, styleFor } from '../style.ts';

interface StagedOptions extends SubjectOptions, JsonOption {
  readonly timeout: number;
}

const USUAL_WAIT = 30_000;

export function stagedCommand(session: Session): Command {
  return withJson(
    withSubject(
      new Command('staged')
        .summary('what is staged: which flows it would break, and which it would let pass')
        .description(
          'Asks the controller on this node what was seen, of recent days and since, that the policy in force and the staged\n' +
            'one decide otherwise: between whom, when, how often, and by which rule.\n' +
            'Exit code 0: nothing that was seen would break. 1: something would. 2: it cannot be said.',
        )
        .addOption(
          new Option('--timeout <time>', 'wait at most so long for the flows of the past')
            .argParser(duration)
            .default(USUAL_WAIT, `${String(USUAL_WAIT / 1_000)}s`),
        ),
    ),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['policy staged', 'all that is staged'],
        ['policy staged --stack shop --json', 'for a pipeline'],
      ]),
    )
    .action(action(session, (options: StagedOptions) => staged(session, options)));
}

async function staged(session: Session, options: StagedOptions): Promise<ExitCode> {
  const { io, world } = session;
  const status = await awaitLooked(session, options.timeout);
  if (status === undefined)
    throw new CliFailure('no-controller', 'no controller runs on this node', { hint: 'Ask on a manager.' });
  const named = namedSubject(options);
  const shown = named === undefined ? status.staged : [pickSubject(status.staged, subjectOf, named)];
  if (options.json) printJson(io, { staged: shown, problems: status.problems } satisfies StagedStatus);
  else {
    printStaged(io, shown, world.clock.now());
    const style = styleFor(io, io.stderr);
    for (const { config, message } of status.problems)
      io.stderr.write(`${style.yellow('warning:')} ${printable(`${config} stages nothing: ${message}`)}\n`);
  }
  if (shown.some(({ breaks }) => breaks.length > 0)) return 1;
  return shown.every(({ looked }) => looked) ? 0 : 2;
}
