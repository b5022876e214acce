import { Command } from 'commander';
import { subjectName } from '../../staged/staged-change.ts';
import { readStaged } from '../../staged/staged-configs.ts';
import { unstage } from '../../staged/write-staged.ts';
import type { ExitCode } from '../failure.ts';
import { openStore } from '../policy/open-store.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { namedSubject, pickSubject, withSubject, type SubjectOptions } from '../staged/subject-options.ts';
import { printable, styleFor } from '../style.ts';

export function dropCommand(session: Session): Command {
  return withJson(
    withSubject(
      new Command('drop')
        .summary('forget what is staged')
        .description(
          'Takes it away; what is in force stays. Without --stack or --cluster: the only one that is staged.',
        ),
    ),
  )
    .addHelpText('after', examples(session, [['policy drop --stack shop', 'on a manager']]))
    .action(action(session, (options: SubjectOptions & JsonOption) => drop(session, options)));
}

async function drop(session: Session, options: SubjectOptions & JsonOption): Promise<ExitCode> {
  const { io } = session;
  const named = namedSubject(options);
  const subject = await withProgress(io, 'asking the swarm', async () => {
    const store = await openStore(session);
    const { versions } = readStaged(await store.policyConfigs());
    // One that cannot be read can be dropped by its name.
    const found = named ?? pickSubject(versions, ({ change }) => change, undefined).change;
    if (!(await unstage(store, found))) pickSubject([], () => found, found);
    return found;
  });
  if (options.json) printJson(io, { dropped: subjectName(subject) });
  else io.stdout.write(`${styleFor(io, io.stdout).green('✓')} dropped: ${printable(subjectName(subject))}\n`);
  return 0;
}
