import { Command } from 'commander';
import type { DeniedFlow, DeniedList } from '../../api/types.ts';
import { ago } from '../ago.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { count, duration } from '../option-values.ts';
import { table } from '../print-table.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';

interface DeniedOptions extends JsonOption {
  readonly since?: number;
  readonly limit: number;
}

export function deniedCommand(session: Session): Command {
  const command = withJson(new Command('denied'))
    .summary('what was denied on this node lately, newest first')
    .description(
      'Shows the flows that the agent on this node denied, or would deny in audit mode, and those over a limit. Newest first.',
    )
    .option('--since <time>', 'only those of the last 90s, 15m, 2h, 1d', duration)
    .option('--limit <n>', 'at most so many', count, 50)
    .addHelpText(
      'after',
      examples(session, [
        ['denied --since 15m', 'what broke a quarter of an hour ago'],
        ['can voting/web voting/db:5432', 'then ask why'],
      ]),
    );
  return command.action(action(session, (options: DeniedOptions) => showDenied(session, options)));
}

function end(name: string, address: string): string {
  return printable(name === address ? name : `${name} (${address})`);
}

function row(flow: DeniedFlow, now: number): string[] {
  const target = end(flow.to, flow.toAddress);
  return [
    ago(flow.at, now),
    flow.verdict,
    end(flow.from, flow.fromAddress),
    target,
    flow.port === 0 ? flow.protocol : `${flow.port}/${flow.protocol}`,
    String(flow.packets),
    flow.network,
  ];
}

async function showDenied({ io, world }: Session, options: DeniedOptions): Promise<ExitCode> {
  const list = await withProgress(io, 'asking the agent', () =>
    world.getApi<DeniedList>('agent', '/v1/denied'),
  );
  if (!list)
    throw new CliFailure('no-agent', 'no agent runs on this node', {
      hint: 'Start it as root: swarmwall agent',
    });
  const now = world.clock.now();
  const flows = list.denied
    .filter(({ at }) => options.since === undefined || at >= now - options.since)
    .toSorted((one, other) => other.at - one.at)
    .slice(0, options.limit);
  if (options.json) {
    printJson(io, flows);
    return 0;
  }
  const style = styleFor(io, io.stdout);
  if (flows.length === 0) {
    io.stdout.write('nothing was denied on this node\n');
    return 0;
  }
  const head = ['WHEN', 'VERDICT', 'FROM', 'TO', 'PORT', 'PACKETS', 'NETWORK'];
  io.stdout.write(
    table(
      head,
      flows.map((flow) => row(flow, now)),
      style.dim,
    ),
  );
  const known = flows.find(({ from, to }) => from.includes('/') && to.includes('/'));
  if (known)
    io.stdout.write(
      style.dim(`\nwhy: swarmwall can ${known.from} ${known.to}:${known.port}/${known.protocol}\n`),
    );
  return 0;
}
