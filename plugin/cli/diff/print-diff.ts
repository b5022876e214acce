import type { Connection } from '../../../rules/connectivity.ts';
import type { ConnectivityDiff } from '../../../rules/connectivity-diff.ts';
import { markdownCell } from '../connectivity/escape.ts';
import type { CliIo } from '../io.ts';
import { formatSpan } from '../plan/format-span.ts';
import { printColumns } from '../print-columns.ts';
import { asJson, printJsonList } from '../print-json-list.ts';
import { printLines } from '../print-lines.ts';
import { styleFor } from '../style.ts';

export type DiffFormat = 'table' | 'json' | 'md';

export function printDiff(io: CliIo, diff: ConnectivityDiff, format: DiffFormat): void {
  if (format === 'json') printJson(io, diff);
  else if (format === 'md') printLines(io.stdout, markdown(diff));
  else printTable(io, diff);
}

const portsOf = ({ ports }: Connection): string => ports.map(formatSpan).join(' ');

function summary({ added, removed }: ConnectivityDiff): string {
  return added.length + removed.length === 0
    ? 'no change of reachability'
    : `${added.length} added, ${removed.length} removed`;
}

function printTable(io: CliIo, diff: ConnectivityDiff): void {
  const style = styleFor(io, io.stdout);
  const rows = [
    ...diff.added.map((each) => ['+', each.from, each.to, portsOf(each)]),
    ...diff.removed.map((each) => ['-', each.from, each.to, portsOf(each)]),
  ];
  if (rows.length > 0) {
    const paint = (text: string): string => (text === '+' ? style.green(text) : style.red(text));
    printColumns(io.stdout, ['', 'FROM', 'TO', 'PORTS'], rows, {
      head: style.bold,
      cell: (text, column) => (column === 0 ? paint(text) : text),
    });
    io.stdout.write('\n');
  }
  io.stdout.write(`${summary(diff)}\n`);
}

function printJson(io: CliIo, { added, removed }: ConnectivityDiff): void {
  io.stdout.write('{\n  "added": ');
  printJsonList(io.stdout, asJson(added), '  ');
  io.stdout.write(',\n  "removed": ');
  printJsonList(io.stdout, asJson(removed), '  ');
  io.stdout.write('\n}\n');
}

/** For a comment on a pull request. */
function* markdown(diff: ConnectivityDiff): Generator<string> {
  yield `**Reachability: ${summary(diff)}**`;
  if (diff.added.length + diff.removed.length === 0) return;
  yield '';
  yield '| | from | to | ports |';
  yield '|---|---|---|---|';
  const row = (word: string, each: Connection): string =>
    `| ${word} | ${[each.from, each.to, portsOf(each)].map(markdownCell).join(' | ')} |`;
  for (const each of diff.added) yield row('added', each);
  for (const each of diff.removed) yield row('removed', each);
}
