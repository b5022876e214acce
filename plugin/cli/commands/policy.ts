import { Command } from 'commander';
import { examples } from '../session.ts';
import type { Session } from '../session.ts';
import { applyCommand } from './policy-apply.ts';
import { confirmCommand } from './policy-confirm.ts';
import { dropCommand } from './policy-drop.ts';
import { historyCommand } from './policy-history.ts';
import { listCommand } from './policy-list.ts';
import { promoteCommand } from './policy-promote.ts';
import { rmCommand } from './policy-rm.ts';
import { rollbackCommand } from './policy-rollback.ts';
import { showCommand } from './policy-show.ts';
import { stageCommand } from './policy-stage.ts';
import { stagedCommand } from './policy-staged.ts';

/** Only the parent: each command below it has a file of its own. */
export function policyCommand(session: Session): Command {
  return new Command('policy')
    .summary('cluster-wide policies and CIDR groups: apply, list, rm, roll back; and what is staged')
    .description(
      "Policies of administrators, above the services' own (tier Admin) and below them (Baseline), and named groups of\n" +
        'addresses. They are stored in the Swarm, with every version. Run it on a manager, or with a docker context to one.',
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(session, [
        ['policy apply -f admin.yaml', 'store, and wait until every node has it'],
        ['policy list', 'what is in force'],
        ['policy rollback no-ssh', 'back to the version before'],
        ['policy stage -c compose.yaml', "what a stack's new version would break, before it is in force"],
      ]),
    )
    .addCommand(applyCommand(session))
    .addCommand(listCommand(session))
    .addCommand(showCommand(session))
    .addCommand(confirmCommand(session))
    .addCommand(rmCommand(session))
    .addCommand(historyCommand(session))
    .addCommand(rollbackCommand(session))
    .addCommand(stageCommand(session))
    .addCommand(stagedCommand(session))
    .addCommand(promoteCommand(session))
    .addCommand(dropCommand(session));
}
