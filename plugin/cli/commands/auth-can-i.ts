import { Command, Option } from 'commander';
import { findGrant, findGrantSomewhere, type Question } from '../../../rules/authz/roles/find-grant.ts';
import {
  describeGrant,
  describeQuestion,
  describeRequester,
  grantJson,
  requesterJson,
} from '../auth/describe.ts';
import { readAuthz, withPolicies, type AuthOptions } from '../auth/read-authz.ts';
import { askedFor } from '../auth/who.ts';
import { checkWords } from '../auth/words.ts';
import type { ExitCode } from '../failure.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { Session } from '../session.ts';
import { styleFor } from '../style.ts';

interface CanIOptions extends AuthOptions {
  readonly stack?: string;
  readonly name?: string;
}

export function canICommand(session: Session): Command {
  const command = new Command('can-i')
    .summary('may I do this? says which binding and role allow it')
    .description(
      'Asks the roles only: what a workload may ask for (admission), and what the network policy rests on (protection), is\n' +
        'asked of each request besides; auth explain tells of all. Without --stack: everywhere, or to what is of no stack.\n' +
        'Exit code 0: yes. 1: no. 2: it cannot be said.',
    )
    .argument('<verb>', 'get, list, create, update, delete, start, …')
    .argument('<resource>', 'containers, containers/exec, services, policies, …')
    .addOption(new Option('--stack <stack>', 'to things of this stack'))
    .addOption(new Option('--name <name>', 'to the thing of this name'));
  return withJson(withPolicies(command))
    .addHelpText(
      'after',
      examples(session, [
        ['auth can-i create services --stack shop', 'I, in the cluster as it is'],
        ['auth can-i update policies --as alice', 'somebody else, everywhere'],
        ['auth can-i get secrets --as ops-1 --policies policies/', 'offline'],
      ]),
    )
    .action(
      action(session, (verb: string, resource: string, options: CanIOptions) =>
        canI(session, verb, resource, options),
      ),
    );
}

async function canI(
  session: Session,
  verb: string,
  resource: string,
  options: CanIOptions,
): Promise<ExitCode> {
  const { io } = session;
  checkWords(verb, resource);
  const requester = askedFor(session, options.as);
  const { policy, from } = await readAuthz(session, options);
  const question: Question = {
    ...{ verb, resource },
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.stack === undefined ? {} : { stack: options.stack }),
  };
  const grant = findGrant(policy, requester, question);
  const elsewhere =
    grant === undefined && options.stack === undefined
      ? findGrantSomewhere(policy, requester, question)?.binding.stack
      : undefined;
  if (options.json) {
    const asked = { as: requesterJson(requester), question, from };
    printJson(io, { allowed: grant !== undefined, ...asked, ...(grant && { by: grantJson(grant) }) });
    return grant === undefined ? 1 : 0;
  }
  const style = styleFor(io, io.stdout);
  io.stdout.write(
    grant === undefined
      ? `${style.red('no')}: nothing lets ${describeRequester(requester)} ${describeQuestion(question)}\n`
      : `${style.green('yes')}: ${describeGrant(grant)}\n`,
  );
  if (elsewhere !== undefined) io.stdout.write(`    in stack ${elsewhere} it may: --stack ${elsewhere}\n`);
  return grant === undefined ? 1 : 0;
}
