import { Command } from 'commander';
import { action, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

export function versionCommand(session: Session): Command {
  return withJson(new Command('version'))
    .summary('the version')
    .description('Prints the version of Swarmwall and of Node.')
    .action(
      action(session, async (options: JsonOption) => {
        const found = { version: session.config.version, node: process.versions.node };
        if (options.json) printJson(session.io, found);
        else session.io.stdout.write(`swarmwall ${found.version} (node ${found.node})\n`);
        return Promise.resolve(0);
      }),
    );
}
