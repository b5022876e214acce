import { Command, InvalidArgumentError, Option } from 'commander';
import { readStoredPolicies } from '../../policy-store/stored-policies.ts';
import { LIMITS, TIMES } from '../../config.ts';
import type { Swarm } from '../../deploy/swarm.ts';
import type { StagedChange } from '../../staged/staged-change.ts';
import { MAX_STAGED_BYTES, stagedText } from '../../staged/staged-text.ts';
import { stage } from '../../staged/write-staged.ts';
import { forDuration } from '../ago.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { composeFileOption, stackOption, withOtherStacks, type FileOptions } from '../file-options.ts';
import { duration } from '../option-values.ts';
import { withProgress } from '../progress.ts';
import { action, collect, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { stagePolicies } from '../staged/stage-policies.ts';
import { stageStack } from '../staged/stage-stack.ts';
import { tellStaged } from '../staged/tell-staged.ts';
import { withWait, type WaitOptions } from '../wait-options.ts';

interface StageOptions extends Omit<FileOptions, 'file'>, JsonOption, WaitOptions {
  /** Of policies, here. */
  readonly file?: readonly string[];
  readonly remove?: readonly string[];
  readonly promoteAfter?: number;
}

const USUAL_WAIT = 30_000;
const SHORTEST = 1_000;

export function stageCommand(session: Session): Command {
  return withJson(
    withWait(
      withOtherStacks(
        new Command('stage')
          .summary('keep a new version beside the one in force, and say what it would break')
          .description(
            'Stores what Compose files (-c) say of a running stack, or cluster policies (-f, --remove), without putting it in\n' +
              'force. From then on every flow is judged by both, those of recent days at once. Staging again takes its place.\n' +
              'Exit code 0: it would break nothing that was seen. 1: it would. 2: it cannot be said.',
          )
          .addOption(composeFileOption())
          .addOption(
            new Option(
              '-f, --file <file>',
              'cluster policies and groups: a file, a directory of them, or `-`; may be repeated',
            ).argParser(collect),
          )
          .addOption(
            new Option(
              '--remove <policy>',
              'a cluster policy or group to take out of force; may be repeated',
            ).argParser(collect),
          )
          .addOption(
            new Option(
              '--promote-after <time>',
              'promote it by itself once nothing that it would break was seen for so long, as 24h',
            ).argParser(quietTime),
          ),
      ).addOption(stackOption()),
      USUAL_WAIT,
    ),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['policy stage -c compose.yaml', 'a new version of a running stack'],
        ['policy stage -f admin.yaml', 'cluster policies'],
        ['policy stage -c compose.yaml --promote-after 24h', 'and in force after a quiet day'],
      ]),
    )
    .action(action(session, (options: StageOptions) => stagePolicy(session, options)));
}

function quietTime(value: string): number {
  const time = duration(value);
  if (time >= SHORTEST && time <= TIMES.stagedPast) return time;
  throw new InvalidArgumentError(
    `Between ${forDuration(SHORTEST)} and ${forDuration(TIMES.stagedPast)}: nodes keep their flows for so long.`,
  );
}

async function stagePolicy(session: Session, options: StageOptions): Promise<ExitCode> {
  const { world } = session;
  const swarm = await world.connectSwarm();
  const wanted = await changeOf(session, swarm, options);
  const { promoteAfter } = options;
  const change = { ...wanted, by: world.author(), ...(promoteAfter !== undefined && { promoteAfter }) };
  refuseTooLarge(change);
  const id = await withProgress(session.io, 'storing', () => stage(swarm, change));
  return tellStaged(session, {
    id,
    subject: change,
    within: options.wait ? options.timeout : 0,
    json: options.json === true,
  });
}

type Wanted = StagedChange extends infer Each
  ? Each extends StagedChange
    ? Omit<Each, 'by'>
    : never
  : never;

async function changeOf({ io }: Session, swarm: Swarm, options: StageOptions): Promise<Wanted> {
  const { composeFile = [], file = [], remove = [], json = false } = options;
  if (composeFile.length > 0 === file.length + remove.length > 0)
    throw new CliFailure('bad-usage', 'say what to stage: -c with Compose files, or -f and --remove', {
      hint: 'A stack and cluster policies are staged by one command each.',
    });
  if (composeFile.length > 0) {
    const files = { ...options, file: [] };
    return { kind: 'stack', ...(await stageStack(io, swarm, composeFile, files, json)) };
  }
  const { ControlAvailable: manager } = (await swarm.info()).Swarm ?? {};
  if (manager !== true)
    throw new CliFailure(
      'not-a-manager',
      'this node is no manager of a swarm, and only managers know its policies',
    );
  const stored = readStoredPolicies(await swarm.policyConfigs());
  const staged = await stagePolicies(io, stored, file, remove, json);
  if (staged.documents.length + staged.removed.length > LIMITS.policiesAtOnce)
    throw new CliFailure('bad-usage', `at most ${String(LIMITS.policiesAtOnce)} documents at once`);
  return { kind: 'cluster', ...staged };
}

function refuseTooLarge(change: StagedChange): void {
  const bytes = Buffer.byteLength(stagedText(change));
  if (bytes > MAX_STAGED_BYTES)
    throw new CliFailure(
      'bad-usage',
      `what is staged has ${String(bytes)} bytes, of ${String(MAX_STAGED_BYTES)} at most`,
    );
}
