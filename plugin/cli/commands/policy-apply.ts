import { Command, Option } from 'commander';
import { checkBindings, checkGroups, hasErrors, sortDiagnostics } from '../../../compose-ext/index.ts';
import { LIMITS } from '../../config.ts';
import { documentsAfter, groupNames } from '../../policy-store/references-after.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { change, USUAL_WAIT, type ChangeOptions } from '../policy/change.ts';
import { readSoundPolicies } from '../policy/read-policies.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { withWait } from '../wait-options.ts';
import { action, collect, examples, withJson } from '../session.ts';
import type { Session } from '../session.ts';

interface ApplyOptions extends ChangeOptions {
  readonly file: readonly string[];
}

export function applyCommand(session: Session): Command {
  return withJson(
    withWait(
      new Command('apply')
        .summary('store policies and groups, and wait until they are enforced')
        .description(
          'Stores every policy and group of the files as a new version, all of them or none: they come into force\n' +
            'together. What is stored like this already is left alone. With errors in a file nothing is changed.\n' +
            'Exit code 2: mistakes, or not enforced everywhere in time.',
        )
        .addOption(
          new Option('-f, --file <file>', 'a file, a directory of them, or `-`; may be repeated')
            .argParser(collect)
            .makeOptionMandatory(),
        )
        .option('--dry-run', 'only say what would be changed'),
      USUAL_WAIT,
    ),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['policy apply -f admin.yaml', 'store, and wait until every node has it'],
        ['policy apply -f policies/ --dry-run', 'a directory: what would change'],
      ]),
    )
    .action(action(session, (options: ApplyOptions) => apply(session, options)));
}

async function apply(session: Session, options: ApplyOptions): Promise<ExitCode> {
  const { documents, diagnostics, sources } = await readSoundPolicies(session.io, options.file);
  if (documents.length === 0)
    throw new CliFailure('bad-usage', `${options.file.join(', ')}: no policies there`, {
      hint: 'In directories, files called *.yaml, *.yml and *.json are read.',
    });
  if (documents.length > LIMITS.policiesAtOnce)
    throw new CliFailure('bad-usage', `${documents.length} at once; at most ${LIMITS.policiesAtOnce}`, {
      hint: 'Apply them in parts, groups first.',
    });
  if (options.json !== true) printWarnings(session.io, diagnostics, sources);
  const changes = documents.map((document) => ({ kind: 'apply', document }) as const);
  return change(
    session,
    (stored) => {
      const after = documentsAfter(stored, changes);
      const unknown = sortDiagnostics([
        ...checkGroups(documents, groupNames(after)),
        ...checkBindings(documents, after),
      ]);
      if (hasErrors(unknown)) throw new BadFiles(unknown, sources, 'policies');
      return changes;
    },
    options,
  );
}
