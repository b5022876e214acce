import { Command } from 'commander';
import type { AgentStatus, ControllerStatus } from '../../api/types.ts';
import { CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { styleFor } from '../style.ts';
import type { ExitCode } from '../failure.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { encryptionRows, encryptionTable, type EncryptionRow } from '../status/encryption.ts';
import { isAgentHealthy, isClusterHealthy } from '../status/health.ts';
import { printAgent, printCluster } from '../status/print-status.ts';

interface StatusOptions extends JsonOption {
  readonly encryption?: true;
}

export function statusCommand(session: Session): Command {
  const command = withJson(new Command('status'))
    .summary('every node: agent, revision, programs, drift, last error')
    .description(
      'Shows the whole cluster where a controller runs, and this node where only an agent does.\n' +
        'Exit code 0: all is enforced. 1: a node is missing, behind or degraded. 2: nothing runs here.',
    )
    .option('--encryption', 'for each encrypted network and pair of nodes: keys, counters, what is missing')
    .addHelpText(
      'after',
      examples(session, [
        ['status', 'on a manager: the cluster'],
        ['status --encryption', 'whether what is meant to be encrypted is'],
        ['status --json | jq .nodes', 'for machines'],
      ]),
    );
  return command.action(action(session, (options: StatusOptions) => showStatus(session, options)));
}

async function showStatus({ io, world, config }: Session, options: StatusOptions): Promise<ExitCode> {
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
  if (options.encryption === true) {
    const rows = encryptionRows(
      found.role === 'controller'
        ? found.nodes
        : [{ hostname: found.hostname, address: '', health: found.health }],
    );
    printEncryption(io, rows, { json: options.json === true, now: world.clock.now() });
    return rows.some(({ state }) => state === 'broken') ? 1 : 0;
  }
  if (options.json) printJson(io, { healthy, ...found });
  else if (found.role === 'controller') printCluster(io, found, world.clock.now());
  else printAgent(io, found, world.clock.now());
  return healthy ? 0 : 1;
}

function printEncryption(
  io: CliIo,
  rows: readonly EncryptionRow[],
  { json, now }: { readonly json: boolean; readonly now: number },
): void {
  if (json) printJson(io, rows);
  else if (rows.length === 0) io.stdout.write('no network here is meant to be encrypted\n');
  else io.stdout.write(encryptionTable(rows, styleFor(io, io.stdout), now));
}
