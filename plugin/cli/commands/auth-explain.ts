import { Command, Option } from 'commander';
import { readAuthz, withPolicies, type AuthOptions } from '../auth/read-authz.ts';
import { askedFor } from '../auth/who.ts';
import { BadFiles, type ExitCode } from '../failure.ts';
import { readSource } from '../read-source.ts';
import { action, examples, withJson } from '../session.ts';
import type { Session } from '../session.ts';

interface ExplainOptions extends AuthOptions {
  readonly body?: string;
}

export function authExplainCommand(session: Session): Command {
  const command = new Command('explain')
    .summary('why is this request allowed or refused?')
    .description(
      'Takes one request of the Docker API the whole way: as the engine reads it, the roles, what the network policy rests on,\n' +
        'admission. Things that it names are looked up at the engine; with --policies nothing is, and every thing is new.\n' +
        'Exit code 0: it would be allowed. 1: refused. 2: it cannot be said.',
    )
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'as it is sent, with its query: /v1.41/services/create')
    .addOption(new Option('--body <file>', 'its body in JSON, or `-` for standard input'));
  return withJson(withPolicies(command))
    .addHelpText(
      'after',
      examples(session, [
        ['auth explain POST /containers/create --body body.json', 'I, in the cluster as it is'],
        ['auth explain DELETE /services/shop_web --as alice', 'somebody else'],
        ['auth explain GET /services --as alice --policies policies/', 'offline'],
      ]),
    )
    .action(
      action(session, (method: string, path: string, options: ExplainOptions) =>
        explain(session, method, path, options),
      ),
    );
}

async function explain(
  session: Session,
  method: string,
  uri: string,
  options: ExplainOptions,
): Promise<ExitCode> {
  const { io, world } = session;
  const body = options.body === undefined ? undefined : await readBody(session, options.body);
  const requester = askedFor(session, options.as);
  const { policy, offline } = await readAuthz(session, options);
  // What decodes a request is of no use to the other commands.
  const [{ explainRequest, NOTHING_AROUND }, { printExplained }] = await Promise.all([
    import('../auth/explain-request.ts'),
    import('../auth/print-explained.ts'),
  ]);
  const around = offline ? NOTHING_AROUND : await world.surroundings();
  const asked = { requester, method, uri, ...(body === undefined ? {} : { body }) };
  return printExplained(io, await explainRequest(asked, policy, around), options.json === true);
}

async function readBody({ io }: Session, file: string): Promise<Uint8Array> {
  const source = await readSource(io, file);
  if (source.kind === 'text') return new TextEncoder().encode(source.text);
  throw new BadFiles([source.diagnostic], new Map(), 'body');
}
