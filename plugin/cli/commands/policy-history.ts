import { Command } from 'commander';
import type { StoredVersion } from '../../policy-store/stored-version.ts';
import type { ExitCode } from '../failure.ts';
import { historyOf, readStore } from '../policy/open-store.ts';
import { table } from '../print-table.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';

export function historyCommand(session: Session): Command {
  return withJson(new Command('history'))
    .summary('the versions of a policy or group: when, who, what')
    .description(
      'Lists its versions, the newest first. Who is what the client said: Docker does not tell who called.',
    )
    .argument('<policy>', 'the name of a policy or group')
    .addHelpText('after', examples(session, [['policy history no-ssh', 'on a manager']]))
    .action(action(session, (name: string, options: JsonOption) => history(session, name, options)));
}

async function history(session: Session, name: string, options: JsonOption): Promise<ExitCode> {
  const { io } = session;
  const { versions, inForce } = await withProgress(io, 'asking the swarm', async () =>
    historyOf(await readStore(session), name),
  );
  if (options.json) {
    printJson(
      io,
      versions.map(({ version, config, change, from, by, at, content }) => ({
        ...{ version, config, change, from, by, at, inForce: version === inForce?.version },
        ...(content.kind === 'broken' ? { broken: content.why } : {}),
      })),
    );
    return 0;
  }
  const style = styleFor(io, io.stdout);
  const rows = versions.map((each) => [
    `${each.version}${each.version === inForce?.version ? ' *' : ''}`,
    when(each),
    printable(each.by ?? '-'),
    printable(what(each, inForce)),
  ]);
  io.stdout.write(table(['VERSION', 'WHEN', 'WHO', 'WHAT'], rows, style.dim));
  return 0;
}

function when({ at }: StoredVersion): string {
  return at === 0
    ? '-'
    : new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/u, 'Z');
}

function what({ content, change, from, version }: StoredVersion, inForce: StoredVersion | undefined): string {
  if (content.kind === 'broken') return `broken, never in force: ${content.why}`;
  if (version > (inForce?.version ?? 0)) return 'not in force: what was to be written with it is missing';
  if (change === 'rolled-back') return `rolled back to version ${from ?? '?'}`;
  return change ?? (content.kind === 'removed' ? 'removed' : '-');
}
