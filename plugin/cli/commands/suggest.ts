import { Command, Option } from 'commander';
import { formatEntry, type Target } from '../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import type { CollectedEdges } from '../../../rules/suggest/collect-edges.ts';
import { unusedAllows } from '../../../rules/suggest/unused-allows.ts';
import { THRESHOLDS, type Thresholds, weighEvidence } from '../../../rules/suggest/weigh-evidence.ts';
import { CliFailure } from '../failure.ts';
import type { ExitCode } from '../failure.ts';
import { neededFiles, stackFiles, stackOption, withComposeFiles, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import { unifiedDiff } from '../lint/unified-diff.ts';
import { loadSoundStacks, type LoadedStacks, type StackFile } from '../load-stacks.ts';
import { count, duration } from '../option-values.ts';
import { withProgress } from '../progress.ts';
import { replaceText } from '../read-source.ts';
import { action, collect, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { collectFlows } from '../suggest/collect-flows.ts';
import { printSuggestion, time } from '../suggest/print-suggestion.ts';
import { printUnused } from '../suggest/print-unused.ts';
import { suggestEdits, type SuggestedEdits } from '../suggest/suggest-edits.ts';

interface SuggestOptions extends FileOptions, JsonOption {
  readonly flows?: string;
  readonly since?: number;
  readonly apply?: true;
  readonly unused?: true;
  readonly for: Target;
  readonly minFlows: number;
  readonly minTimes: number;
  readonly trust?: readonly string[];
}

export function suggestCommand(session: Session): Command {
  const command = new Command('suggest')
    .summary('the policy that what was observed calls for, as a diff of your file')
    .description(
      'Reads what passed between services, and says which labels the Compose file needs so that it passes when\n' +
        'enforced, and nothing else: a diff, then each line with its evidence. Scans, single visits and what nobody\n' +
        'answered are no evidence; they are listed as left out.',
    )
    .addOption(stackOption())
    .option('--flows <file>', 'a file of flows (else those of the whole cluster); `-` is standard input')
    .option('--since <time>', 'only flows of the last 90s, 15m, 2h, 7d (of the cluster: 7d)', duration)
    .option('--apply', 'write the changes into the files')
    .option('--unused', 'list allows that no flow used instead')
    .addOption(
      new Option('--for <what>', 'where new labels go: deploy.labels, or labels')
        .choices(['stack', 'compose'])
        .default('stack'),
    )
    .option('--min-flows <n>', 'connections that an entry needs', count, THRESHOLDS.flows)
    .option('--min-times <n>', 'different minutes in which they began', count, THRESHOLDS.times)
    .addOption(
      new Option(
        '--trust <stack/service>',
        'it connects to many for a reason, and is not scanning; may be repeated',
      ).argParser(collect),
    );
  return withJson(withOtherStacks(withComposeFiles(command)))
    .addHelpText(
      'after',
      examples(session, [
        ['suggest -c compose.yaml', 'on a manager: what to add, and why'],
        ['suggest -c compose.yaml --since 1d --apply', 'write it'],
        ['suggest -c compose.yaml --flows verdicts.jsonl --unused', 'what could go, by a copy of the log'],
      ]),
    )
    .action(action(session, (options: SuggestOptions) => suggest(session, options)));
}

async function suggest(session: Session, options: SuggestOptions): Promise<ExitCode> {
  const { io } = session;
  if (options.apply && options.unused)
    throw new CliFailure('bad-usage', '--apply and --unused exclude each other', {
      hint: 'What could go is for a person to take out.',
    });
  const wanted = stackFiles(neededFiles(io, options), options);
  const { flows: file, since } = options;
  const { loaded, collected, thresholds } = await withProgress(io, 'reading flows', async () => {
    const read = await loadSoundStacks(io, wanted);
    const stack = read.files[0]?.stack ?? '';
    const weights: Thresholds = {
      ...{ ...THRESHOLDS, flows: options.minFlows, times: options.minTimes },
      trusted: new Set(options.trust?.map((name) => keyOf(name, read))),
    };
    const seen = await collectFlows(session, { stack, thresholds: weights, file, since });
    return { loaded: read, collected: seen, thresholds: weights };
  });
  if (options.unused) return showUnused(session, options, loaded, collected);
  const weighed = weighEvidence(collected, thresholds);
  const place = options.for === 'stack' ? 'deploy.labels' : 'labels';
  const edits = await suggestEdits(io, wanted, loaded, weighed, place);
  if (options.apply) await apply(session, wanted, edits);
  if (options.json)
    printJson(io, { ...periodOf(collected), ...jsonOf(edits), applied: options.apply === true });
  else {
    printSuggestion(io, edits);
    sayPeriod(session, collected);
  }
  return 0;
}

function showUnused(
  session: Session,
  { json }: SuggestOptions,
  loaded: LoadedStacks,
  collected: CollectedEdges,
): ExitCode {
  const stacks = new Set(loaded.files.slice(0, 1).map(({ stack }) => stack));
  const unused = unusedAllows(clusterFromModel(loaded.model), stacks, collected.edges);
  if (json) printJson(session.io, { ...periodOf(collected), unused });
  else {
    printUnused(session.io, unused);
    sayPeriod(session, collected);
  }
  return 0;
}

/** All files or none where that can be told beforehand: each is written whole, and only as it was read. */
async function apply(
  { io }: Session,
  wanted: readonly StackFile[],
  { changes }: SuggestedEdits,
): Promise<void> {
  if (wanted.some(({ file, overrides = [] }) => [file, ...overrides].includes('-')))
    throw new CliFailure('bad-usage', 'standard input cannot be changed', { hint: 'Give a file.' });
  for (const { file, before, after } of changes) await replaceText(io, file, before, after);
}

function keyOf(name: string, { files: [file] }: LoadedStacks): string {
  return name.includes('/') ? name : `${file?.stack ?? ''}/${name}`;
}

function periodOf({ records, beyond, first, last }: CollectedEdges): object {
  return { period: { records, beyond, ...(first !== undefined && { first, last }) } };
}

/** Machines get times in milliseconds since 1970. */
function jsonOf({ suggestion, changes, positions }: SuggestedEdits): object {
  return {
    ...suggestion,
    sides: suggestion.sides.map((side) => {
      const places = positions(side);
      return {
        ...side,
        entries: side.entries.map(({ entry, evidence }, index) => ({
          ...{ text: formatEntry(entry), at: places[index], evidence },
        })),
        ...(side.entries.length === 0 && { at: places[0] }),
      };
    }),
    leftOut: suggestion.leftOut.map(({ edge, reason }) => ({ reason, ...edge, minutes: edge.minutes.size })),
    files: changes.map(({ file, before, after }) => ({ file, diff: unifiedDiff(file, before, after) })),
  };
}

/** How much all of this rests on. */
function sayPeriod({ io }: Session, { records, beyond, first, last }: CollectedEdges): void {
  const period =
    first === undefined || last === undefined
      ? 'no record of a flow was read'
      : `from ${records} records of ${time(first)} to ${time(last)} UTC`;
  io.stderr.write(`${period}\n`);
  if (beyond > 0) io.stderr.write(`${beyond} records were left out: they are of more pairs than are kept\n`);
}
