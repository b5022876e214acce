import { Command } from 'commander';
import { toParameters } from '../../api/flow-query.ts';
import type { FlowLine } from '../../api/types.ts';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import {
  followingPrinter,
  isNotice,
  printFlows,
  printJsonFlows,
  printNotice,
  printSummary,
} from '../observe/print-flows.ts';
import { readOptions, type ObserveOptions } from '../observe/read-options.ts';
import { withProgress } from '../progress.ts';
import { action, collect, examples, withJson } from '../session.ts';
import type { Session } from '../session.ts';

export function observeCommand(session: Session): Command {
  const command = new Command('observe')
    .summary('who talks to whom in the whole cluster, and why it is allowed or denied')
    .description(
      'Shows flows of every node, through the controller on this manager: those of the last hour, oldest first, or those\n' +
        'to come with --follow. Both nodes of a connection tell of it; --summary counts it once.\n' +
        'An end is stack/service, one word (a stack, a service, a container, world), an address or a block.',
    )
    .option('--from <from>', 'who connects')
    .option('--to <to>', 'to whom')
    .option('--port <n>', "the destination's port")
    .option('--protocol <name>', 'tcp, udp, sctp, icmp, or a number')
    .option('--verdict <verdict>', 'allowed, denied, would-deny, limited; several by commas', collect)
    .option('--stack <stack>', 'either end is of this stack')
    .option('--service <stack/service>', 'either end is this service')
    .option('--node <hostname>', 'seen by this node')
    .option('--since <time>', 'from 90s, 15m, 2h, 1d ago, or 2026-01-31T14:05:00Z, on')
    .option('--until <time>', 'up to then')
    .option('--limit <n>', 'the newest so many (100; with --summary 50000)')
    .option('-F, --follow', 'go on with what is seen from now on, until ended')
    .option('--summary', 'one line for each two ends, port and verdict');
  return withJson(command)
    .addHelpText(
      'after',
      examples(session, [
        ['observe --follow --verdict denied,would-deny', 'watch what is refused'],
        ['observe --to voting/db --since 15m', 'who asked for the database'],
        ['observe --from voting/attacker --follow --json', 'a flow a line, for programs'],
        ['observe --stack voting --summary --since 1d', 'who talks to whom'],
      ]),
    )
    .action(action(session, (options: ObserveOptions) => observe(session, options)));
}

async function observe(session: Session, options: ObserveOptions): Promise<ExitCode> {
  const query = readOptions(options, session.world.clock.now());
  return options.follow ? follow(session, query, options) : look(session, query, options);
}

async function look(session: Session, query: FlowQuery, options: ObserveOptions): Promise<ExitCode> {
  const { io, world } = session;
  const flows = await withProgress(io, 'asking the nodes', async () => {
    const found: FlowRecord[] = [];
    for await (const line of await open(session, query, false, new AbortController().signal))
      if (isNotice(line)) printNotice(io, line);
      else found.push(line);
    return found;
  });
  const now = world.clock.now();
  if (options.summary) printSummary(io, flows, now, options.json === true);
  else if (options.json) printJsonFlows(io, flows);
  else printFlows(io, flows, now);
  if (flows.length === query.limit)
    io.stderr.write(`the newest ${String(query.limit)}: --limit N or a narrower question shows others\n`);
  return 0;
}

async function follow(session: Session, query: FlowQuery, { json }: ObserveOptions): Promise<ExitCode> {
  const { io, world } = session;
  const ending = new AbortController();
  void world.askedToEnd().then(() => {
    ending.abort();
  });
  const print = followingPrinter(io, json === true, () => world.clock.now());
  for await (const line of await open(session, query, true, ending.signal))
    if (isNotice(line)) printNotice(io, line);
    else print(line);
  if (ending.signal.aborted) return 0;
  throw new CliFailure('api-failed', 'the controller ended', {
    hint: 'Run it again, or on another manager.',
  });
}

/** Of the cluster; where there is no manager, as for Compose on one engine, of this node. */
async function open(
  { io, world }: Session,
  query: FlowQuery,
  follows: boolean,
  signal: AbortSignal,
): Promise<AsyncIterable<FlowLine>> {
  const path = `/v1/flows?${toParameters(query, follows).toString()}` as const;
  const lines = await world.readLines('controller', path, signal);
  if (lines) return lines as AsyncIterable<FlowLine>;
  const own = await world.readLines('agent', path, signal);
  if (own === undefined)
    throw new CliFailure('no-controller', 'neither a controller nor an agent runs on this node', {
      hint: 'Ask on a manager that runs swarmwall controller.',
    });
  io.stderr.write('of this node alone, as no controller runs here\n');
  return own as AsyncIterable<FlowLine>;
}
