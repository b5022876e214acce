import { Command } from 'commander';
import { rolesOf } from '../../../rules/authz/roles/find-grant.ts';
import { describeBinding, describeRequester, describeRole, requesterJson } from '../auth/describe.ts';
import { readAuthz, withPolicies, type AuthOptions } from '../auth/read-authz.ts';
import { requesterNamed, whoami } from '../auth/who.ts';
import type { ExitCode } from '../failure.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { Session } from '../session.ts';
import { styleFor } from '../style.ts';

export function whoamiCommand(session: Session): Command {
  return withJson(withPolicies(new Command('whoami')))
    .summary('whom the engine takes you for, and your roles')
    .description(
      'Says as whom the engine that docker would talk to knows you, and every role that you are bound to.',
    )
    .addHelpText(
      'after',
      examples(session, [
        ['auth whoami', 'I'],
        ['auth whoami --as alice', "somebody else's roles"],
      ]),
    )
    .action(action(session, (options: AuthOptions) => who(session, options)));
}

async function who(session: Session, options: AuthOptions): Promise<ExitCode> {
  const { io } = session;
  const found =
    options.as === undefined
      ? whoami(session)
      : { requester: requesterNamed(options.as), why: 'as --as says' };
  const { policy, from } = await readAuthz(session, options);
  const bound = rolesOf(policy, found.requester);
  if (options.json) {
    printJson(io, {
      ...{ user: requesterJson(found.requester), why: found.why, from },
      roles: bound.map(({ binding, role }) => ({
        ...{ binding: binding.name, stack: binding.stack, role: binding.role, exists: role !== undefined },
      })),
    });
    return 0;
  }
  const style = styleFor(io, io.stdout);
  io.stdout.write(`${describeRequester(found.requester)} ${style.dim(`(${found.why})`)}\n`);
  for (const { binding, role } of bound)
    io.stdout.write(
      `  ${role === undefined ? style.yellow(`${binding.role.kind} ${binding.role.name}, which is not there`) : describeRole(role)}` +
        ` ${style.dim(`by ${describeBinding(binding)}`)}\n`,
    );
  return 0;
}
