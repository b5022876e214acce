import { Command, InvalidArgumentError } from 'commander';
import type { PolicyHistory } from '../../policy-store/stored-policies.ts';
import type { StoredVersion } from '../../policy-store/stored-version.ts';
import { CliFailure } from '../failure.ts';
import { change, USUAL_WAIT, type ChangeOptions } from '../policy/change.ts';
import { historyOf } from '../policy/open-store.ts';
import { withWait } from '../wait-options.ts';
import { action, examples, withJson } from '../session.ts';
import type { Session } from '../session.ts';

interface RollbackOptions extends ChangeOptions {
  readonly to?: number;
}

export function versionNumber(value: string): number {
  if (!/^[1-9]\d{0,6}$/u.test(value)) throw new InvalidArgumentError('Write the number of a version.');
  return Number(value);
}

export function rollbackCommand(session: Session): Command {
  return withJson(
    withWait(
      new Command('rollback')
        .summary('bring back an earlier version')
        .description(
          'Stores a copy of an earlier version as the newest one: of that before the one in force, or of --to.',
        )
        .argument('<policy>', 'the name of a policy or group')
        .option('--to <version>', 'the version to bring back', versionNumber)
        .option('--dry-run', 'only say what would be changed'),
      USUAL_WAIT,
    ),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['policy rollback no-ssh', 'to the version before'],
        ['policy rollback no-ssh --to 3', 'to version 3; policy history no-ssh lists them'],
      ]),
    )
    .action(
      action(session, (name: string, options: RollbackOptions) => {
        let seen: number | undefined;
        return change(
          session,
          (stored) => {
            const history = historyOf(stored, name);
            const current = history.inForce?.version ?? 0;
            // "The one before" is another one by now.
            if (options.to === undefined && seen !== undefined && seen !== current)
              throw new CliFailure(
                'policy-changed',
                `somebody else wrote version ${current} of ${name} meanwhile`,
                {
                  hint: `Look at swarmwall policy history ${name}, then say which with --to.`,
                },
              );
            seen = current;
            return [{ kind: 'roll-back', name, to: wantedVersion(history, options.to) }];
          },
          options,
        );
      }),
    );
}

/** @throws CliFailure `unknown-name` */
function wantedVersion({ name, versions, inForce }: PolicyHistory, to: number | undefined): StoredVersion {
  const whole = versions.filter(({ content }) => content.kind !== 'broken');
  const found =
    to === undefined
      ? whole.find(({ version }) => version < (inForce?.version ?? 0))
      : whole.find(({ version }) => version === to);
  if (found !== undefined) return found;
  const message =
    to === undefined ? `${name} has no earlier version` : `${name} has no version ${to} that is whole`;
  throw new CliFailure('unknown-name', message, { hint: `swarmwall policy history ${name} lists them.` });
}
