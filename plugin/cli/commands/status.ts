import { Command } from 'commander';
import type { AgentStatus, ControllerStatus } from '../../api/types.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { isAgentHealthy, isClusterHealthy } from '../status/health.ts';
import { printAgent, printCluster } from '../status/print-status.ts';

export function statusCommand(session: Session): Command {
  const command = withJson(new Command('status'))
    .summary('every node: agent, revision, programs, drift, last error')
    .description(
      'Shows the whole cluster where a controller runs, and this node where only an agent does.\n' +
        'Exit code 0: all is enforced. 1: a node is missing, behind or degraded. 2: nothing runs here.',
    )
    .addHelpText(
      'after',
      examples(session, [
        ['status', 'on a manager: the cluster'],
        ['status --json | jq .nodes', 'for machines'],
      ]),
    );
  return command.action(action(session, (options: JsonOption) => showStatus(session, options)));
}

async function showStatus({ io, world, config }: Session, options: JsonOption): Promise<ExitCode> {
  const found = await withProgress(
    io,
    'asking the controller',
    async () =>
      (await world.getApi<ControllerStatus>('controller', '/v1/status')) ??
      (await world.getApi<AgentStatus>('agent', '/v1/status')),
  );
  if (!found)
    throw new CliFailure('no-agent', 'neither an agent nor a controller runs on this node', {
      hint: `Start them as root: swarmwall agent on every node, swarmwall controller on managers (sockets in ${config.socketDir}).`,
    });
  const healthy = found.role === 'controller' ? isClusterHealthy(found) : isAgentHealthy(found);
  if (options.json) printJson(io, { healthy, ...found });
  else if (found.role === 'controller') printCluster(io, found, world.clock.now());
  else printAgent(io, found, world.clock.now());
  return healthy ? 0 : 1;
}
