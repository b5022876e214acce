import type { StagedReport } from '../../api/staged-types.ts';
import type { FlowTotal } from '../../../rules/flows/summarise-flows.ts';
import { portName } from '../../../rules/flows/flow-names.ts';
import { subjectName } from '../../staged/staged-change.ts';
import { ago, forDuration } from '../ago.ts';
import type { CliIo } from '../io.ts';
import { clean, reasonText } from '../observe/flow-rows.ts';
import { printColumns } from '../print-columns.ts';
import { styleFor } from '../style.ts';
import { subjectOf, subjectOption } from './subject-options.ts';

const HEAD = ['FLOW', 'NOW', 'STAGED', 'CONNECTIONS', 'PACKETS', 'FIRST', 'LAST', 'WHY'] as const;

export function printStaged(io: CliIo, reports: readonly StagedReport[], now: number): void {
  if (reports.length === 0) io.stdout.write('nothing is staged\n');
  reports.forEach((report, at) => {
    if (at > 0) io.stdout.write('\n');
    printReport(io, report, now);
  });
}

function printReport(io: CliIo, report: StagedReport, now: number): void {
  const style = styleFor(io, io.stdout);
  const say = (text: string): void => void io.stdout.write(`${text}\n`);
  say(
    `${style.bold(clean(subjectName(subjectOf(report))))}, staged ${ago(report.at, now)} by ${clean(report.by)}: ${what(report)}`,
  );
  if (!report.looked) say('  the flows of the past are still being read: ask again');
  else if (report.breaks.length === 0)
    say(
      `${style.green('✓')} would break none of the ${flows(report.judged)} seen since ${dayOf(report.since)}`,
    );
  printTotals(
    io,
    report.breaks,
    report.moreBreaks,
    now,
    (count) => `${style.red('✗')} would break what passes now, ${flows(count)}:`,
  );
  printTotals(
    io,
    report.opens,
    report.moreOpens,
    now,
    (count) => `${style.yellow('!')} would let pass what is denied now, ${flows(count)}:`,
  );
  const { promotion } = report;
  if (promotion !== undefined) {
    const when =
      promotion.due > now ? `in ${forDuration(promotion.due - now)} at the soonest` : 'its time has come';
    say(`  promoted by itself after ${forDuration(promotion.after)} without such a flow: ${when}`);
    if (promotion.due <= now) for (const reason of promotion.waitsFor) say(`  waits: ${clean(reason, 600)}`);
  }
  const subject = subjectOption(subjectOf(report));
  say(style.dim(`  swarmwall policy promote ${clean(subject)}, or swarmwall policy drop ${clean(subject)}`));
  const warn = styleFor(io, io.stderr);
  for (const warning of warningsOf(report))
    io.stderr.write(`${warn.yellow('warning:')} ${clean(warning, 600)}\n`);
}

function what(report: StagedReport): string {
  if (report.kind === 'stack') return clean(report.file);
  const names = [...report.documents, ...report.removed.map((name) => `without ${name}`)];
  return clean(names.join(', '), 300);
}

function flows(count: number): string {
  return count === 1 ? '1 flow' : `${String(count)} flows`;
}

function dayOf(at: number | undefined): string {
  return at === undefined
    ? '?'
    : new Date(at)
        .toISOString()
        .replace(/:\d+\.\d+Z$/u, 'Z')
        .replace('T', ' ');
}

function printTotals(
  io: CliIo,
  totals: readonly FlowTotal[],
  more: number,
  now: number,
  title: (count: number) => string,
): void {
  if (totals.length === 0) return;
  io.stdout.write(`${title(totals.length + more)}\n`);
  const style = styleFor(io, io.stdout);
  const rows = totals.map((total) => [
    `${clean(total.from)} → ${clean(total.to)}${total.port === undefined ? ' ' : ':'}${portName(total)}`,
    total.verdict,
    total.staged ?? '',
    String(total.connections),
    String(total.packets),
    ago(total.first, now),
    ago(total.last, now),
    reasonText(total.reason),
  ]);
  printColumns(io.stdout, HEAD, rows, { head: style.dim });
  if (more > 0) io.stdout.write(`… and ${String(more)} more\n`);
}

/** What the answer does not rest on, and what promotion does beside. */
export function warningsOf(report: StagedReport): readonly string[] {
  const name = subjectName(subjectOf(report));
  return [
    ...report.gaps.map(
      ({ node, before, why }) => `flows of ${node} before ${dayOf(before)} are not all known: ${why}`,
    ),
    ...(report.forgotten > 0
      ? [`${String(report.forgotten)} flows made room for others, and are not listed`]
      : []),
    ...report.changed.map((each) => `${each} since ${name} was staged: promotion would undo that`),
    ...report.notDeployed.map((each) => `${each} does not run: it gets its labels when it is deployed`),
  ];
}
