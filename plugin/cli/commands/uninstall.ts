import { Command } from 'commander';
import type { ExitCode } from '../failure.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

export function uninstallCommand(session: Session): Command {
  return withJson(new Command('uninstall'))
    .summary('remove every rule from this node (as root)')
    .description(
      "Ends the agent on this node and removes every table, chain and set that is Swarmwall's.\n" +
        'Afterwards nothing is enforced here. Stacks, networks and labels stay, and so does a controller: end that yourself.',
    )
    .addHelpText('after', examples(session, [['uninstall', 'on each node']]))
    .action(action(session, (options: JsonOption) => remove(session, options)));
}

async function remove({ io, world }: Session, options: JsonOption): Promise<ExitCode> {
  const removed = await withProgress(io, 'removing', () => world.uninstall());
  if (options.json) {
    printJson(io, removed);
    return 0;
  }
  const { agentStopped, namespaces, dockerUser } = removed;
  const tables = namespaces.length;
  const found = [
    ...(agentStopped ? ['the agent ended'] : []),
    ...(tables > 0 ? [`the rules of ${tables} overlay network${tables === 1 ? '' : 's'} removed`] : []),
    ...(dockerUser ? ['the chain of DOCKER-USER removed'] : []),
  ];
  io.stdout.write(found.length > 0 ? `${found.join(', ')}\n` : 'nothing of Swarmwall was on this node\n');
  return 0;
}
