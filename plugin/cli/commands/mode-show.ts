import { Command } from 'commander';
import { auditOf, modeOf } from '../../../rules/audit.ts';
import type { EvaluatorInput } from '../../../rules/evaluator.ts';
import type { ClusterService } from '../../../rules/network-policy.ts';
import { liveCluster } from '../can/live-cluster.ts';
import type { ExitCode } from '../failure.ts';
import { printColumns } from '../print-columns.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { styleFor } from '../style.ts';

export function modeShowCommand(session: Session): Command {
  return withJson(
    new Command('show')
      .summary('the mode of each service, and who said so')
      .description(
        'Shows the mode of each service that runs, as the controller on this node knows it. own: its own policies and the\n' +
          "baseline are not enforced; all: an administrator's Deny is not either.",
      )
      .option('--stack <name>', 'only services of this stack'),
  )
    .addHelpText('after', examples(session, [['mode show --stack shop', 'one stack']]))
    .action(
      action(session, (options: JsonOption & { readonly stack?: string }) => showModes(session, options)),
    );
}

async function showModes(
  { io, world }: Session,
  { stack, json }: JsonOption & { readonly stack?: string },
): Promise<ExitCode> {
  const cluster = await withProgress(io, 'asking the controller', () => liveCluster(world));
  const shown = cluster.services
    .filter((service) => stack === undefined || service.stack === stack)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((service) => {
      const audit = auditOf(service, stackOf(service, cluster));
      return { service: service.key, mode: modeOf(audit), audit, saidBy: sayer(service, cluster) };
    });
  if (json) {
    printJson(io, shown);
    return 0;
  }
  const style = styleFor(io, io.stdout);
  printColumns(
    io.stdout,
    ['SERVICE', 'MODE', 'NOT ENFORCED', 'SAID BY'],
    shown.map(({ service, mode, audit, saidBy }) => [service, mode, audit, saidBy]),
    { head: style.dim, cell: (text) => (text.trim() === 'audit' ? style.yellow(text) : text) },
  );
  return 0;
}

function stackOf({ stack }: ClusterService, { stacks }: EvaluatorInput) {
  return stacks.find(({ name }) => name === stack);
}

function sayer(service: ClusterService, cluster: EvaluatorInput): string {
  if (service.administered !== undefined) return 'administrator';
  if (service.mode !== undefined) return 'swarmwall.mode';
  return stackOf(service, cluster)?.mode === 'audit' ? 'x-swarmwall.mode' : 'default';
}
