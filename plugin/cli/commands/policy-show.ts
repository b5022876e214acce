import { Command } from 'commander';
import type { StoredVersion } from '../../policy-store/stored-version.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { historyOf, readStore } from '../policy/open-store.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable } from '../style.ts';
import { versionNumber } from './policy-rollback.ts';

interface ShowOptions extends JsonOption {
  readonly version?: number;
}

export function showCommand(session: Session): Command {
  return withJson(new Command('show'))
    .summary('a policy or group as it was written')
    .description(
      'Prints the text of the version in force, or of --version. What it prints can be applied again.',
    )
    .argument('<policy>', 'the name of a policy or group')
    .option('--version <version>', 'another version than the one in force', versionNumber)
    .addHelpText(
      'after',
      examples(session, [
        ['policy show no-ssh', 'what is in force'],
        ['policy show no-ssh --version 2', 'what was'],
      ]),
    )
    .action(action(session, (name: string, options: ShowOptions) => show(session, name, options)));
}

async function show(session: Session, name: string, options: ShowOptions): Promise<ExitCode> {
  const { io } = session;
  const history = await withProgress(io, 'asking the swarm', async () =>
    historyOf(await readStore(session), name),
  );
  const { version: wanted } = options;
  const found =
    wanted === undefined ? history.inForce : history.versions.find(({ version }) => version === wanted);
  const text = textOf(name, found, wanted);
  if (options.json && found) {
    const { config, version, change, from, by, at } = found;
    printJson(io, { name, version, config, change, from, by, at, text });
  } else io.stdout.write(`${text.split(/\r?\n/u).map(printable).join('\n').replace(/\n*$/u, '')}\n`);
  return 0;
}

function textOf(name: string, found: StoredVersion | undefined, wanted: number | undefined): string {
  const hint = `swarmwall policy history ${name} lists its versions.`;
  if (found === undefined)
    throw new CliFailure(
      'unknown-name',
      wanted === undefined ? `no version of ${name} is whole` : `${name} has no version ${wanted}`,
      { hint },
    );
  const { content, version } = found;
  if (content.kind === 'document') return content.document.text;
  const why = content.kind === 'removed' ? `${name} was removed` : `it is broken: ${content.why}`;
  throw new CliFailure('unknown-name', `version ${version} has no text: ${why}`, { hint });
}
