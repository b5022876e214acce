import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { ControllerStatus } from '../../api/types.ts';
import type { Compiled, Environment } from '../../../compose-ext/index.ts';
import { carryOut, planFor, readSwarm } from '../../deploy/deploy.ts';
import { describeConflict, nodeWarnings, remedyFor, unencryptable } from '../../deploy/describe.ts';
import { liveStacks } from '../../deploy/live-stacks.ts';
import type { DeployPlan } from '../../deploy/plan-deploy.ts';
import { detectEncryption } from '../../kernel/encryption.ts';
import { compileStack, withSegmentFlags } from '../compile-stack.ts';
import type { SegmentFlags } from '../compile-stack.ts';
import { printDeployed, printDryRun } from '../deploy/print-deploy.ts';
import type { Outcome } from '../deploy/print-deploy.ts';
import { waitForNodes } from '../deploy/wait-for-nodes.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { neededFiles, stackFiles, withComposeFiles, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import type { CliIo } from '../io.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import type { LoadedStacks } from '../load-stacks.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { withProgress } from '../progress.ts';
import { STDIN_NAME } from '../read-source.ts';
import { action, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { describeStep } from '../../deploy/describe.ts';
import { withWait, type WaitOptions } from '../wait-options.ts';
import { segmentFlags } from './compile.ts';

interface DeployOptions extends FileOptions, SegmentFlags, JsonOption, WaitOptions {
  readonly attachPeers?: true;
  readonly dryRun?: true;
  readonly prune?: true;
  readonly resolveImage?: string;
  readonly withRegistryAuth?: true;
}

/** Milliseconds that nodes get, unless told: images are pulled meanwhile. */
const USUAL_WAIT = 60_000;

export function deployCommand(session: Session): Command {
  const command = new Command('deploy')
    .summary('compile and deploy a stack, and wait until it is enforced')
    .description(
      'Checks the file, makes missing networks between stacks, runs `docker stack deploy` with the compiled text, and\n' +
        'waits until every agent has applied it. With errors in the file nothing is changed. It removes nothing.\n' +
        'Run it on a manager, or with DOCKER_HOST or a docker context that leads to one.',
    )
    .argument('<stack>', "the stack's name");
  return withJson(
    withWait(withSegmentFlags(withOtherStacks(withComposeFiles(command))), USUAL_WAIT)
      .option(
        '--attach-peers',
        'join running services of other stacks to the networks between (their tasks restart)',
      )
      .option('--dry-run', 'only say what would be done')
      .option('--prune', 'docker: remove services that the file no longer has')
      .addOption(
        new Option('--resolve-image <when>', 'docker: ask the registry for digests').choices([
          'always',
          'changed',
          'never',
        ]),
      )
      .option('--with-registry-auth', 'docker: send registry credentials to the agents'),
  )
    .addHelpText(
      'after',
      examples(session, [
        ['deploy -c compose.yaml shop', 'deploy, and wait until it is enforced'],
        ['deploy -c compose.yaml shop --dry-run', 'what would be done'],
        ['deploy -c monitoring.yaml monitoring --attach-peers', 'join running peers of other stacks'],
        ['deploy -c compose.yaml shop --encrypted false', 'where kernels have no IPsec'],
      ]),
    )
    .action(action(session, (stack: string, options: DeployOptions) => deploy(session, stack, options)));
}

async function deploy(session: Session, stack: string, options: DeployOptions): Promise<ExitCode> {
  const { io, world } = session;
  const loaded = await loadSoundStacks(
    io,
    stackFiles(neededFiles(io, options), { ...options, stack, target: 'stack' }),
  );
  const { swarm, live } = await withProgress(io, 'reading the swarm', async () => {
    const connected = await world.connectSwarm();
    return { swarm: connected, live: await readSwarm(connected) };
  });
  if (!live)
    throw new CliFailure('not-a-manager', 'this node is no manager of a swarm, and only managers deploy', {
      hint: 'Run it on a manager (docker node ls), or: docker swarm init. DOCKER_HOST or --context lead to another.',
    });
  const { compiled } = compileStack(loaded, segmentFlags(options), liveStacks(live.services, live.networks));
  const plan = planFor(
    { stack, compiled, attachPeers: options.attachPeers === true, dockerOptions: dockerOptions(options) },
    live,
  );
  if (!options.json) printWarnings(io, compiled.diagnostics, loaded.sources);
  refuseConflicts(plan, stack);
  const warnings = [
    ...plan.conflicts.map(describeConflict),
    ...(loaded.files[0]?.annotated ? [] : [`${stack} has no annotations: nothing will be restricted`]),
    ...(await encryptionWarnings(session, compiled)),
  ];
  const outcome: Outcome = { stack, plan, warnings, diagnostics: compiled.diagnostics };
  if (options.dryRun) return printDryRun(io, outcome, options.json === true);
  const done = await withProgress(io, `deploying ${stack}`, ({ say }) =>
    carryOut(
      plan.steps,
      { swarm, run: world.run, text: compiled.text, ...surroundings(io, loaded) },
      (step) => say(describeStep(step, false)),
    ),
  );
  const names = loaded.files[0]?.services.map(({ name }) => name) ?? [];
  const settled = options.wait ? await waitForNodes(session, stack, names, options.timeout) : undefined;
  return printDeployed(io, { ...outcome, done, ...(settled ? { settled } : {}) }, options.json === true);
}

/** Docker gets the text alone: where it stood, and what its variables mean, goes with it. */
function surroundings(
  { cwd }: CliIo,
  { fromFiles, files }: LoadedStacks,
): { folder: string; environment?: Environment } {
  const file = files[0]?.file ?? STDIN_NAME;
  return {
    folder: file === STDIN_NAME ? cwd : dirname(resolve(cwd, file)),
    ...(Object.keys(fromFiles).length === 0 ? {} : { environment: fromFiles }),
  };
}

function dockerOptions({ prune, resolveImage, withRegistryAuth }: DeployOptions): readonly string[] {
  return [
    ...(prune ? ['--prune'] : []),
    ...(resolveImage === undefined ? [] : ['--resolve-image', resolveImage]),
    ...(withRegistryAuth ? ['--with-registry-auth'] : []),
  ];
}

function refuseConflicts({ conflicts }: DeployPlan, stack: string): void {
  const fatal = conflicts.filter((conflict) => conflict.fatal);
  if (!fatal[0]) return;
  throw new CliFailure('network-changed', `${fatal.map(describeConflict).join('; ')}; nothing was done`, {
    hint: remedyFor(fatal[0], stack),
  });
}

/** Before the deploy: it fails closed, which looks like a broken application. */
async function encryptionWarnings({ world }: Session, compiled: Compiled): Promise<readonly string[]> {
  if (![...compiled.segments, ...compiled.external].some(({ encrypted }) => encrypted)) return [];
  const status = await world.getApi<ControllerStatus>('controller', '/v1/status').catch(() => undefined);
  if (status) return nodeWarnings(status.nodes, true).filter((warning) => warning.includes('cannot encrypt'));
  return (await detectEncryption(world.run)) === 'unavailable' ? [unencryptable('this node')] : [];
}
