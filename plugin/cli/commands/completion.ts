import { Argument, Command } from 'commander';
import { COMPLETION_SCRIPTS, SHELLS } from '../completion/scripts.ts';
import type { Shell } from '../completion/scripts.ts';
import { complete, printCompletion } from '../completion/complete.ts';
import type { NameSource } from '../completion/complete.ts';
import { action, examples } from '../session.ts';
import type { Session } from '../session.ts';

export function completionCommand(session: Session): Command {
  return new Command('completion')
    .summary('a completion script for bash, zsh or fish')
    .description('Prints a script that completes commands, options, files and names of services.')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      examples(session, [
        ['completion bash > /etc/bash_completion.d/swarmwall', 'for every user'],
        ['completion zsh > "${fpath[1]}/_swarmwall"', 'zsh'],
        ['completion fish > ~/.config/fish/completions/swarmwall.fish', 'fish'],
      ]),
    )
    .action(
      action(session, async (shell: Shell) => {
        session.io.stdout.write(COMPLETION_SCRIPTS[shell]);
        return Promise.resolve(0);
      }),
    );
}

/** What the scripts call, and docker for its plugins. */
export function completeCommand(session: Session, names: NameSource): Command {
  const command = new Command('__complete').argument('[words...]').allowUnknownOption().helpOption(false);
  return command.action(
    action(session, async (words: readonly string[]) => {
      const program = command.parent ?? command;
      const found = await complete(program, words.slice(0, -1), words.at(-1) ?? '', names);
      session.io.stdout.write(printCompletion(found));
      return 0;
    }),
  );
}
