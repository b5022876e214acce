import { Command } from 'commander';
import { examples } from '../session.ts';
import type { Session } from '../session.ts';
import { modeSetCommand } from './mode-set.ts';
import { modeShowCommand } from './mode-show.ts';

/** Only the parent: each command below it has a file of its own. */
export function modeCommand(session: Session): Command {
  return new Command('mode')
    .summary('audit or enforce: the cluster, a stack, a service')
    .description(
      'In audit, what policies deny passes, and is counted as would-deny. An administrator says so here for the cluster, a\n' +
        'stack or a service; a stack says it of itself with x-swarmwall.mode, a service with the label swarmwall.mode.',
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(session, [
        ['mode set audit --cluster', 'nothing is denied anywhere'],
        ['mode set enforce --stack shop', 'but in this stack'],
        ['mode show', 'who is in which mode, and who said so'],
      ]),
    )
    .addCommand(modeSetCommand(session))
    .addCommand(modeShowCommand(session));
}
