import { Command } from 'commander';
import type { StagedReport } from '../../api/staged-types.ts';
import { nodeWarnings } from '../../deploy/describe.ts';
import type { Settled } from '../../deploy/settle.ts';
import type { Swarm } from '../../deploy/swarm.ts';
import { relabel, wantedChanges } from '../../staged/promote.ts';
import { sameSubject, subjectName, type StagedStack } from '../../staged/staged-change.ts';
import { readStaged, type StagedVersion } from '../../staged/staged-configs.ts';
import { unstage } from '../../staged/write-staged.ts';
import { waitForNodes } from '../deploy/wait-for-nodes.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { change } from '../policy/change.ts';
import { openStore } from '../policy/open-store.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { awaitLooked } from '../staged/await-looked.ts';
import { printStaged, warningsOf } from '../staged/print-staged.ts';
import {
  namedSubject,
  pickSubject,
  subjectOf,
  withSubject,
  type SubjectOptions,
} from '../staged/subject-options.ts';
import { printable, styleFor } from '../style.ts';
import { withWait, type WaitOptions } from '../wait-options.ts';

interface PromoteOptions extends SubjectOptions, JsonOption, WaitOptions {
  readonly force?: true;
}

const USUAL_WAIT = 60_000;

export function promoteCommand(session: Session): Command {
  return withJson(
    withWait(
      withSubject(
        new Command('promote')
          .summary('put in force what is staged')
          .description(
            "Gives a stack's running services the staged labels (no task restarts), or stores the staged cluster policies, and waits\n" +
              'until every node has it. Refuses while it would break flows that were seen, or undo what somebody changed meanwhile.\n' +
              'Without --stack or --cluster: the only one that is staged. Networks are made by `deploy` alone.',
          )
          .option('--force', 'promote it whatever it would break'),
      ),
      USUAL_WAIT,
    ),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['policy promote', 'the only one that is staged'],
        ['policy promote --stack shop --force', 'although it would break something'],
      ]),
    )
    .action(action(session, (options: PromoteOptions) => promote(session, options)));
}

async function promote(session: Session, options: PromoteOptions): Promise<ExitCode> {
  await openStore(session);
  const swarm = await session.world.connectSwarm();
  const { versions } = readStaged(await swarm.policyConfigs());
  const version = pickSubject(versions, ({ change: staged }) => staged, namedSubject(options));
  const report = await reportOf(session, version, options);
  const warnings = report === undefined ? [] : warningsOf(report);
  if (version.change.kind === 'stack')
    return promoteStack(session, swarm, version, version.change, warnings, options);
  const wanted = wantedChanges(version.change);
  const exitCode = await change(session, () => wanted, options);
  await unstage(swarm, version.change, version.version);
  return exitCode;
}

/** What the controller says of it. @throws CliFailure when nothing is to be promoted */
async function reportOf(
  session: Session,
  { id, change: staged }: StagedVersion,
  { force, timeout }: PromoteOptions,
): Promise<StagedReport | undefined> {
  const status = await awaitLooked(session, timeout, id);
  const report = status?.staged.find((each) => sameSubject(subjectOf(each), staged));
  if (force) return report;
  const name = subjectName(staged);
  const hint = '--force promotes it all the same.';
  if (status === undefined)
    throw new CliFailure(
      'no-controller',
      `no controller runs on this node, so nobody says what ${name} would break`,
      { hint },
    );
  if (report?.id !== id || !report.looked)
    throw new CliFailure('would-break', `the controller has not looked yet at what ${name} would break`, {
      hint,
    });
  if (report.changed.length > 0)
    throw new CliFailure(
      'policy-changed',
      `${report.changed.join(', ')} since ${name} was staged; nothing was changed`,
      {
        hint: 'Stage it again, on what is there now.',
      },
    );
  const breaking = report.breaks.length + report.moreBreaks;
  if (breaking === 0) return report;
  printStaged({ ...session.io, stdout: session.io.stderr }, [report], session.world.clock.now());
  throw new CliFailure(
    'would-break',
    `${name} would break ${breaking === 1 ? 'a flow that passes now' : `${String(breaking)} flows that pass now`}; nothing was changed`,
    { hint },
  );
}

async function promoteStack(
  session: Session,
  swarm: Swarm,
  { version }: StagedVersion,
  staged: StagedStack,
  warnings: readonly string[],
  { wait, timeout, json }: PromoteOptions,
): Promise<ExitCode> {
  const { io } = session;
  const services = await withProgress(io, 'labelling the services', () => relabel(swarm, staged));
  await unstage(swarm, staged, version);
  const settled = wait ? await waitForNodes(session, staged.stack, [], timeout) : undefined;
  const told = [...warnings, ...settledWarnings(settled)];
  if (json)
    printJson(io, {
      promoted: subjectName(staged),
      services,
      enforced: settled?.state ?? 'not-waited',
      warnings: told,
    });
  else {
    const style = styleFor(io, io.stdout);
    const count = services.length === 1 ? '1 service' : `${String(services.length)} services`;
    io.stdout.write(`${style.green('✓')} promoted ${printable(subjectName(staged))}: ${count} changed\n`);
    if (settled?.state === 'settled')
      io.stdout.write(`${style.green('✓')} enforced on every connected node\n`);
    io.stdout.write(
      `  networks are as they were: swarmwall deploy -c ${printable(staged.file)} ${printable(staged.stack)}\n`,
    );
    const warn = styleFor(io, io.stderr);
    for (const warning of told) io.stderr.write(`${warn.yellow('warning:')} ${printable(warning)}\n`);
  }
  return settled?.state === 'timed-out' ? 2 : 0;
}

function settledWarnings(settled: Settled | undefined): readonly string[] {
  if (settled === undefined) return [];
  if (settled.state === 'no-controller')
    return [
      'no controller runs on this node, so nobody says whether it is enforced: swarmwall status on a manager',
    ];
  return [...nodeWarnings(settled.nodes, false), ...settled.behind];
}
