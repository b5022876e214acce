import { Command } from 'commander';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { answer } from '../can/answer.ts';
import type { AskedCluster } from '../can/cluster-question.ts';
import { liveCluster } from '../can/live-cluster.ts';
import { printAnswer } from '../can/print-answer.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { composeFiles, stackFiles, withComposeFiles, stackOption, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

type CanOptions = FileOptions & JsonOption;

export function canCommand(session: Session): Command {
  const command = new Command('can')
    .summary('may FROM connect to TO? says which line decides')
    .description(
      'Judges one connection, by files with -c, else by the live cluster through the controller on this node.\n' +
        'FROM and TO are a service, stack/service, world, or an IPv4 address. Without a port: which ports are open.\n' +
        'Exit code 0: allowed. 1: denied. 2: it cannot be said.',
    )
    .argument('<from>', 'who connects')
    .argument('<to>', 'to what: TO, TO:PORT or TO:PORT/PROTO; PORT may be a name, or icmp')
    .addOption(stackOption());
  return withJson(withOtherStacks(withComposeFiles(command)))
    .addHelpText(
      'after',
      examples(session, [
        ['can -c compose.yaml web db:5432', 'offline'],
        ['can -c compose.yaml world web:80', 'from outside the cluster'],
        ['can -c compose.yaml 203.0.113.7 web:443', 'from one address'],
        ['can -c a.yaml --with monitoring=m.yaml monitoring/prometheus api:9090', 'two stacks'],
        ['can shop/web shop/db', 'live: every open port'],
      ]),
    )
    .action(
      action(session, (from: string, to: string, options: CanOptions) => can(session, from, to, options)),
    );
}

export async function askedCluster(session: Session, options: FileOptions): Promise<AskedCluster> {
  const named = composeFiles(options);
  if (named === undefined) {
    if (options.with ?? options.stack ?? options.profile ?? options.policies)
      throw new CliFailure(
        'bad-usage',
        '--with, --profile, --stack and --policies need -c FILE: the live cluster knows its stacks and policies',
      );
    return withProgress(session.io, 'asking the controller', () => liveCluster(session.world));
  }
  const { files, model } = await loadSoundStacks(session.io, stackFiles(named, options));
  return { ...clusterFromModel(model), ...(files[0] ? { stack: files[0].stack } : {}) };
}

async function can(session: Session, from: string, to: string, options: CanOptions): Promise<ExitCode> {
  const cluster = await askedCluster(session, options);
  const found = answer(cluster, from, to);
  if (options.json) printJson(session.io, found);
  else printAnswer(session.io, found);
  return found.allowed ? 0 : 1;
}
