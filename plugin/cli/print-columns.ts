import type { TextSink } from './io.ts';
import { printLines } from './print-lines.ts';
import { remembered } from './remembered.ts';
import { printable } from './style.ts';

/** Aligned columns for lists of any length; what stands in them is made printable, then painted. */
export function printColumns(
  sink: TextSink,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: {
    readonly head: (text: string) => string;
    readonly cell?: (text: string, column: number) => string;
  },
): void {
  const tame = remembered(printable);
  const shown = rows.map((row) => row.map(tame));
  const widths = head.map((text) => text.length);
  for (const row of shown)
    row.forEach((text, column) => (widths[column] = Math.max(widths[column] ?? 0, text.length)));
  const line = (row: readonly string[], painted: (text: string, column: number) => string): string =>
    row
      .map((text, column) => {
        const space = column === row.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - text.length + 2);
        return `${text && painted(text, column)}${space}`;
      })
      .join('')
      .trimEnd();
  const cell = paint.cell ?? ((text: string) => text);
  sink.write(`${line(head, paint.head)}\n`);
  printLines(
    sink,
    mapped(shown, (row) => line(row, cell)),
  );
}

function* mapped<T>(items: readonly T[], made: (item: T) => string): Generator<string> {
  for (const item of items) yield made(item);
}
