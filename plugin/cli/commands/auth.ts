import { Command } from 'commander';
import { examples } from '../session.ts';
import type { Session } from '../session.ts';
import { canICommand } from './auth-can-i.ts';
import { authExplainCommand } from './auth-explain.ts';
import { whoamiCommand } from './auth-whoami.ts';

/** Only the parent: each command below it has a file of its own. */
export function authCommand(session: Session): Command {
  return new Command('auth')
    .summary('who may do what to the Docker API: can-i, whoami, explain')
    .description(
      'Asks the authorization documents (Role, ClusterRole, bindings, AdmissionPolicy): those stored in the Swarm, or files.',
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(session, [
        ['auth can-i create services --stack shop', 'a question of roles'],
        ['auth whoami', 'whom the engine takes you for'],
        ['auth explain POST /services/create --body body.json', 'the whole way of a request'],
      ]),
    )
    .addCommand(canICommand(session))
    .addCommand(whoamiCommand(session))
    .addCommand(authExplainCommand(session));
}
