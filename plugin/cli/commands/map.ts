import { Command } from 'commander';
import type { MapStatus } from '../../api/types.ts';
import { CliFailure, type ExitCode } from '../failure.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';

export function mapCommand(session: Session): Command {
  return withJson(new Command('map'))
    .summary('where the service map is, and what opens it (managers, as root)')
    .description(
      'The controller on a manager serves a page that shows who talks to whom, live. It listens on this node alone, and\n' +
        'the link holds a token: whoever has it sees the whole map. A new one is made at each start of the controller.',
    )
    .addHelpText(
      'after',
      examples(session, [
        ['map', 'a link for a browser on this node'],
        ['map --json | jq -r .token', 'the token alone'],
      ]),
    )
    .action(action(session, (options: JsonOption) => showMap(session, options)));
}

async function showMap({ io, world }: Session, { json }: JsonOption): Promise<ExitCode> {
  const status = await world.getApi<MapStatus>('controller', '/v1/map');
  if (!status)
    throw new CliFailure('no-controller', 'no controller runs on this node', {
      hint: 'Run it on a manager that runs swarmwall controller.',
    });
  if (json) printJson(io, status);
  else io.stdout.write(`${described(status, styleFor(io, io.stdout).bold)}\n`);
  return status.state === 'serving' ? 0 : 1;
}

function described(status: MapStatus, bold: (text: string) => string): string {
  switch (status.state) {
    case 'off':
      return 'the map is off: SWARMWALL_MAP_ADDRESS says so';
    case 'failed':
      return `the map is not served: ${printable(status.reason)}`;
    case 'serving': {
      const { hostname, port } = new URL(status.url);
      const link = `${status.url}login#token=${encodeURIComponent(status.token)}`;
      const from = `ssh -L ${port}:${hostname}:${port} this-manager`;
      return `${bold(link)}\nfrom another machine, first: ${from}`;
    }
  }
}
