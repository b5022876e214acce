import { Command } from 'commander';
import { change, USUAL_WAIT, type ChangeOptions } from '../policy/change.ts';
import { historyOf } from '../policy/open-store.ts';
import { withWait } from '../wait-options.ts';
import { action, examples, withJson } from '../session.ts';
import type { Session } from '../session.ts';

export function rmCommand(session: Session): Command {
  return withJson(
    withWait(
      new Command('rm')
        .summary('take policies and groups out of force')
        .description('Takes them out of force, all at once. Their versions stay: rollback brings them back.')
        .argument('<policy...>', 'names of policies or groups')
        .option('--dry-run', 'only say what would be changed'),
      USUAL_WAIT,
    ),
  )
    .addHelpText(
      'after',
      examples(session, [['policy rm no-ssh', 'and policy rollback no-ssh brings it back']]),
    )
    .action(
      action(session, (names: readonly string[], options: ChangeOptions) =>
        change(
          session,
          (stored) =>
            [...new Set(names)].map(
              (name) => ({ kind: 'remove', name: historyOf(stored, name).name }) as const,
            ),
          options,
        ),
      ),
    );
}
