import { Command, Option } from 'commander';
import { executeNodeSteps, readNodeFacts } from '../../node/execute-node.ts';
import type { NodeWorld } from '../../node/execute-node.ts';
import { describeStep } from '../../node/node-step.ts';
import type { NodeFacts, NodeStep } from '../../node/node-step.ts';
import { planInstall, planUninstall } from '../../node/plan-node.ts';
import type { NodePlan } from '../../node/plan-node.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';

interface Given extends JsonOption {
  readonly dryRun?: true;
}

interface GivenInstall extends Given {
  readonly guard: boolean;
}

const withDryRun = (command: Command): Command =>
  withJson(command).addOption(new Option('--dry-run', 'print what it would do, and do nothing'));

export function nodeInstallCommand(session: Session): Command {
  return withDryRun(new Command('install').argument('[plugin]', 'where the plugin is: REGISTRY/NAME:TAG'))
    .summary('the plugin, authorization by it, and the guard runtime')
    .description(
      'Installs and enables the plugin when it is not here yet, with the permissions that it asks for, copies the guard\n' +
        'runtime out of it, then names both in daemon.json (authorization-plugins, default-runtime), and has dockerd read\n' +
        'that. Everything else in the file stays as it is. Does nothing that is done already. If the engine does not take\n' +
        'the new settings it gets the old ones back. Containers that are there already start as they did: make them anew.',
    )
    .addOption(
      new Option('--no-guard', 'leave the runtime as it is: tasks may send before their rules are in place'),
    )
    .addHelpText(
      'after',
      examples(session, [
        ['node install registry.example.com/swarmwall:1', 'prints each step'],
        ['node install --no-guard registry.example.com/swarmwall:1', 'another default-runtime stays'],
      ]),
    )
    .action(
      action(session, (reference: string | undefined, given: GivenInstall) =>
        setUp(
          session,
          given,
          (facts) => planInstall(facts, { reference, guard: given.guard }),
          'nothing to do: this node is set up',
        ),
      ),
    );
}

export function nodeUninstallCommand(session: Session): Command {
  return withDryRun(new Command('uninstall'))
    .summary('as it was before install')
    .description(
      'Puts daemon.json back, byte for byte (if others changed it since, only the plugin goes from it), has dockerd read\n' +
        'it, takes the rules out of the kernel, and removes the plugin if install brought it. The guard runtime goes when\n' +
        'no container is left that was made with it; until then it holds nothing.',
    )
    .addHelpText('after', examples(session, [['node uninstall --dry-run', 'see what it would change']]))
    .action(
      action(session, (given: Given) =>
        setUp(session, given, planUninstall, "nothing to do: nothing of Swarmwall's is here"),
      ),
    );
}

async function setUp(
  session: Session,
  given: Given,
  plan: (facts: NodeFacts) => NodePlan,
  nothing: string,
): Promise<ExitCode> {
  const { io, world } = session;
  const host = await world.nodeHost();
  const release = (): Promise<unknown> => world.uninstall();
  const { guardInstall } = await import('../../node/guard-install.ts');
  const guard = guardInstall(session.config, host);
  const node: NodeWorld = { host, engine: await host.engine(), guard, clock: world.clock, release };
  const facts = await readNodeFacts(node);
  const planned = plan(facts);
  if ('problem' in planned)
    throw new CliFailure('node-not-ready', planned.problem, { hint: 'Nothing was changed.' });
  const { steps } = planned;
  const done: NodeStep[] = [];
  const style = styleFor(io, io.stdout);
  const say = (mark: string, step: NodeStep): void => {
    if (!given.json) io.stdout.write(`${mark} ${printable(describeStep(step))}\n`);
  };
  if (given.dryRun) for (const step of steps) say(style.dim('would'), step);
  else
    await executeNodeSteps(steps, node, facts, (step) => {
      done.push(step);
      say(style.green('done '), step);
    });
  if (given.json)
    printJson(io, {
      changed: done.length > 0,
      steps: steps.map((step) => ({ kind: step.kind, text: describeStep(step) })),
    });
  else if (steps.length === 0) io.stdout.write(`${nothing}\n`);
  return 0;
}
