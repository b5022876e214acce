import { Argument, Command } from 'commander';
import { editModes, hasErrors, loadPolicies, type ModeTarget } from '../../../compose-ext/index.ts';
import { documentsInForce } from '../../policy-store/stored-policies.ts';
import { BadFiles, CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { change, USUAL_WAIT, type ChangeOptions } from '../policy/change.ts';
import { action, examples, withJson } from '../session.ts';
import type { Session } from '../session.ts';
import { withWait } from '../wait-options.ts';

const MODES = ['audit', 'enforce', 'unset'] as const;
type WantedMode = (typeof MODES)[number];

interface ModeOptions extends ChangeOptions {
  readonly cluster?: true;
  readonly stack?: string;
  readonly service?: string;
}

export function modeSetCommand(session: Session): Command {
  return withJson(
    withWait(
      new Command('set')
        .summary('say audit or enforce, as an administrator')
        .description(
          'Changes the ClusterSettings, as `policy apply` would, and waits until every node has it. The narrowest word counts:\n' +
            "a service's, then its stack's, then the cluster's; each before what files and labels say. unset takes it back.\n" +
            "What is in audit by this word passes an administrator's Deny, too.",
        )
        .addArgument(new Argument('<mode>', 'the mode').choices(MODES))
        .option('--cluster', 'all that no narrower word is about')
        .option('--stack <name>', 'all services of this stack')
        .option('--service <stack/service>', 'this service')
        .option('--dry-run', 'only say what would be changed'),
      USUAL_WAIT,
    ),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['mode set audit --stack shop', 'watch before it bites'],
        ['mode set enforce --service shop/db', 'but not here'],
        ['mode set unset --stack shop', 'as its file says'],
      ]),
    )
    .action(action(session, (mode: WantedMode, options: ModeOptions) => setMode(session, mode, options)));
}

function setMode(session: Session, mode: WantedMode, options: ModeOptions): Promise<ExitCode> {
  const target = targetOf(options);
  // A cluster enforces unless told otherwise: there is no word to keep.
  const word = mode === 'unset' || (mode === 'enforce' && target.kind === 'cluster') ? undefined : mode;
  return change(
    session,
    (stored) => {
      const written = documentsInForce(stored).find(({ kind }) => kind === 'settings')?.text;
      const file = 'ClusterSettings default';
      const text = editModes(written, target, word);
      const { documents, diagnostics } = loadPolicies([{ file, text }]);
      if (hasErrors(diagnostics)) throw new BadFiles(diagnostics, new Map([[file, text]]), 'settings');
      return documents.map((document) => ({ kind: 'apply', document }) as const);
    },
    options,
  );
}

function targetOf({ cluster, stack, service }: ModeOptions): ModeTarget {
  const targets: ModeTarget[] = [
    ...(cluster ? [{ kind: 'cluster' } as const] : []),
    ...(stack === undefined ? [] : [{ kind: 'stack', name: stack } as const]),
    ...(service === undefined ? [] : [{ kind: 'service', name: service } as const]),
  ];
  const [only, ...more] = targets;
  if (only !== undefined && more.length === 0) return only;
  throw new CliFailure(
    'bad-usage',
    'say of what: one of --cluster, --stack NAME and --service STACK/SERVICE',
  );
}
