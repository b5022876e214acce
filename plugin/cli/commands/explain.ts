import { Command } from 'commander';
import type { CliIo } from '../io.ts';
import type { AskedCluster } from '../can/cluster-question.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import type { Origins } from '../../../rules/explain/edit-text.ts';
import { explained } from '../explain/explained.ts';
import { originsOf } from '../explain/origins.ts';
import { printExplanation } from '../explain/print-explanation.ts';
import type { ExitCode } from '../failure.ts';
import { composeFiles, stackFiles, withComposeFiles, stackOption, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { askedCluster } from './can.ts';

type ExplainOptions = FileOptions & JsonOption;

export function explainCommand(session: Session): Command {
  const command = new Command('explain')
    .summary('why may FROM connect to TO:PORT, or not, and what would change it')
    .description(
      'Walks through the decision, rule by rule, by files with -c, else by the live cluster.\n' +
        'Ends with the smallest change of policy that turns the answer. FROM and TO are as in can.\n' +
        'Exit code 0: allowed. 1: denied. 2: it cannot be said.',
    )
    .argument('<from>', 'who connects')
    .argument('<to>', 'to what: TO:PORT or TO:PORT/PROTO; PORT may be a name, or icmp')
    .addOption(stackOption());
  return withJson(withOtherStacks(withComposeFiles(command)))
    .addHelpText(
      'after',
      examples(session, [
        ['explain -c compose.yaml web db:5432', 'offline'],
        ['explain -c compose.yaml world web:80', 'from outside the cluster'],
        ['explain shop/web shop/db:5432', 'live'],
      ]),
    )
    .action(
      action(session, async (from: string, to: string, options: ExplainOptions): Promise<ExitCode> => {
        const { cluster, originOf } = await askedWithOrigins(session, options);
        const found = explained(cluster, from, to, originOf);
        if (options.json) printJson(session.io, found);
        else printExplanation(session.io, found);
        return found.allowed ? 0 : 1;
      }),
    );
}

interface AskedWithOrigins {
  readonly cluster: AskedCluster;
  readonly originOf: Origins;
}

async function askedWithOrigins(session: Session, options: FileOptions): Promise<AskedWithOrigins> {
  const named = composeFiles(options);
  if (named === undefined)
    return { cluster: await askedCluster(session, options), originOf: () => undefined };
  return fromFiles(session.io, named, options);
}

async function fromFiles(
  io: CliIo,
  named: readonly string[],
  options: FileOptions,
): Promise<AskedWithOrigins> {
  const { files, model } = await loadSoundStacks(io, stackFiles(named, options));
  const stack = files[0]?.stack;
  const cluster = { ...clusterFromModel(model), ...(stack !== undefined && { stack }) };
  return { cluster, originOf: originsOf(model) };
}
