import { Command } from 'commander';
import { ANOMALY_KINDS, type AnomalyKind } from '../../../rules/anomalies/anomaly.ts';
import type { AnomalyLine } from '../../api/types.ts';
import { anomalyPrinter, printAnomalies } from '../anomalies/print-anomalies.ts';
import { CliFailure, type ExitCode } from '../failure.ts';
import { printNotice } from '../observe/print-flows.ts';
import { timeOf } from '../observe/read-options.ts';
import { action, collect, examples, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface AnomaliesOptions extends JsonOption {
  readonly kind?: readonly string[];
  readonly since?: string;
  readonly follow?: true;
}

interface Asked {
  readonly kinds: ReadonlySet<AnomalyKind>;
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
}

const SINCE = 86_400_000;

export function anomaliesCommand(session: Session): Command {
  const command = new Command('anomalies')
    .summary('what was out of the ordinary: scans, bursts, new peers, floods, silent nodes (managers)')
    .description(
      'Shows what the controller on this manager found in the flows of all nodes: of the last day, oldest first, or what is\n' +
        'to come with --follow. --json has the evidence of each. Nothing is blocked by it: the policy does that.',
    )
    .option('--kind <kind>', `${ANOMALY_KINDS.join(', ')}; several by commas`, collect)
    .option('--since <time>', 'from 90s, 15m, 2h, 1d ago, or 2026-01-31T14:05:00Z, on')
    .option('-F, --follow', 'go on with what is found from now on, until ended');
  return withJson(command)
    .addHelpText(
      'after',
      examples(session, [
        ['anomalies --since 2h', 'what was found of late'],
        ['anomalies --follow --kind horizontal-scan,vertical-scan', 'watch for scans'],
        ["anomalies --json | jq '.[].evidence'", 'what each was seen by'],
      ]),
    )
    .action(action(session, (options: AnomaliesOptions) => showAnomalies(session, options)));
}

async function showAnomalies(session: Session, options: AnomaliesOptions): Promise<ExitCode> {
  const { io, world } = session;
  const now = world.clock.now();
  const { kinds, since } = readAsked(options, now);
  const ending = new AbortController();
  if (options.follow)
    void world.askedToEnd().then(() => {
      ending.abort();
    });
  const parameters = new URLSearchParams();
  const from = since ?? (options.follow ? undefined : now - SINCE);
  if (from !== undefined) parameters.set('since', String(from));
  if (options.follow) parameters.set('follow', '1');
  const path = `/v1/anomalies?${parameters.toString()}`;
  const lines = await world.readLines('controller', path, ending.signal);
  if (!lines)
    throw new CliFailure('no-controller', 'no controller runs on this node', {
      hint: 'Ask on a manager that runs swarmwall controller.',
    });
  const wanted = only(lines as AsyncIterable<AnomalyLine>, kinds, (notice) => {
    printNotice(io, notice);
  });
  if (!options.follow) {
    printAnomalies(io, await all(wanted), now, options.json === true);
    return 0;
  }
  const print = anomalyPrinter(io, options.json === true, () => world.clock.now());
  for await (const anomaly of wanted) print(anomaly);
  if (ending.signal.aborted) return 0;
  throw new CliFailure('api-failed', 'the controller ended', {
    hint: 'Run it again, or on another manager.',
  });
}

type Told = Exclude<AnomalyLine, { readonly notice: unknown }>;

async function* only(
  lines: AsyncIterable<AnomalyLine>,
  kinds: ReadonlySet<AnomalyKind>,
  onNotice: (notice: Exclude<AnomalyLine, Told>) => void,
): AsyncGenerator<Told> {
  for await (const line of lines)
    if ('notice' in line) onNotice(line);
    else if (kinds.size === 0 || kinds.has(line.kind)) yield line;
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** @throws CliFailure `bad-usage`, with every mistake */
function readAsked({ kind = [], since: written }: AnomaliesOptions, now: number): Asked {
  const mistakes: string[] = [];
  const kinds = new Set<AnomalyKind>();
  for (const text of kind.flatMap((each) => each.split(','))) {
    const known = ANOMALY_KINDS.find((name) => name === text);
    if (known === undefined) mistakes.push(`${text}: a kind is one of ${ANOMALY_KINDS.join(', ')}`);
    else kinds.add(known);
  }
  const since = written === undefined ? undefined : timeOf(written, now);
  if (written !== undefined && since === undefined)
    mistakes.push(`${written}: a time is 90s, 15m, 2h, 1d ago, or like 2026-01-31T14:05:00Z`);
  if (mistakes.length > 0)
    throw new CliFailure('bad-usage', mistakes.join('; '), { hint: 'swarmwall anomalies --help' });
  return { kinds, since };
}
