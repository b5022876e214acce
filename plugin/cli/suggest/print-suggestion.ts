import { formatEntry } from '../../../compose-ext/index.ts';
import { endName, type ObservedEdge } from '../../../rules/suggest/observed-edge.ts';
import type { LeftOutReason, PortEvidence, SuggestedSide } from '../../../rules/suggest/suggestion.ts';
import type { CliIo } from '../io.ts';
import { printDiff } from '../lint/format-report.ts';
import { unifiedDiff } from '../lint/unified-diff.ts';
import { printColumns } from '../print-columns.ts';
import { printable, styleFor } from '../style.ts';
import type { SuggestedEdits } from './suggest-edits.ts';

/** More than these nobody reads; --json has all. */
const SHOWN_LEFT_OUT = 20;

/** First what may have been meant, last what was not. */
const REASONS: Readonly<Record<LeftOutReason, string>> = {
  rare: 'too few, or all at one time',
  'no-entry': 'no entry can say it',
  'unknown-service': 'no file has this service',
  administrator: 'an administrator denies it',
  'by-name': 'allowed, perhaps by a DNS name',
  denied: 'denied so far',
  metadata: "a machine's credentials are there",
  unanswered: 'nobody answered',
  scan: 'begun while its source scanned',
};

export function printSuggestion(io: CliIo, { suggestion, changes, positions }: SuggestedEdits): void {
  const style = styleFor(io, io.stdout);
  const { sides, elsewhere, leftOut, unseen } = suggestion;
  for (const { file, before, after } of changes) printDiff(io.stdout, unifiedDiff(file, before, after));
  if (sides.length === 0)
    io.stdout.write('nothing to add: the policies allow all that was seen to be in use\n');
  const paint = { head: style.dim };
  const head = ['LINE', 'LABEL', 'ENTRY', 'FLOWS', 'FIRST SEEN', 'LAST SEEN', 'NODES'];
  if (sides.length > 0) {
    io.stdout.write('\n');
    printColumns(
      io.stdout,
      head,
      sides.flatMap((side) =>
        evidenceRows(
          side,
          positions(side).map(({ file, line }) => `${file}:${line}`),
        ),
      ),
      paint,
    );
  }
  if (elsewhere.length > 0) {
    io.stdout.write('\nother stacks have to allow it too:\n');
    printColumns(
      io.stdout,
      head.slice(1),
      elsewhere.flatMap((side) => evidenceRows(side, []).map((row) => row.slice(1))),
      paint,
    );
  }
  if (leftOut.length > 0) {
    io.stdout.write('\nseen, and left out:\n');
    const order = Object.keys(REASONS);
    const rows = leftOut
      .toSorted((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason))
      .slice(0, SHOWN_LEFT_OUT)
      .map(({ edge, reason }) => [
        ...[endName(edge.source), endName(edge.destination), portText(edge), String(edge.connections)],
        ...[time(edge.first), REASONS[reason]],
      ]);
    printColumns(io.stdout, ['FROM', 'TO', 'PORT', 'FLOWS', 'FIRST SEEN', 'WHY'], rows, paint);
    if (leftOut.length > rows.length)
      io.stdout.write(`and ${leftOut.length - rows.length} more: --json has all\n`);
  }
  if (unseen.length > 0)
    io.stdout.write(`\n${style.yellow('no flow at all was seen of:')} ${printable(unseen.join(', '))}\n`);
}

function evidenceRows(side: SuggestedSide, lines: readonly string[]): string[][] {
  const label = `${side.service} ${side.direction}`;
  if (side.entries.length === 0) return [[lines[0] ?? '', label, 'none', '0', '-', '-', '-']];
  return side.entries.flatMap(({ entry, evidence }, index) =>
    evidence.map((each) => [
      ...[lines[index] ?? '', label, formatEntry({ ...entry, ports: [each.port] }), flows(each)],
      ...[time(each.first), time(each.last), each.nodes.join(' ')],
    ]),
  );
}

function flows({ flows: count, addresses }: PortEvidence): string {
  return addresses !== undefined && addresses > 1 ? `${count} of ${addresses} addresses` : String(count);
}

function portText({ protocol, port }: ObservedEdge): string {
  return port === undefined ? protocol : `${port}/${protocol}`;
}

/** In UTC, to the second. */
export function time(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? '-' : date.toISOString().slice(0, 19).replace('T', ' ');
}
