import type { TextSink } from '../io.ts';

/** Columns for rows that come one by one: a column grows with what has been in it, and never shrinks. */
export function liveColumns(
  sink: TextSink,
  head: readonly string[],
  paint: { readonly head: (text: string) => string; readonly cell: (text: string, column: number) => string },
): (row: readonly string[]) => void {
  const widths = head.map((title) => title.length);
  const line = (row: readonly string[], painted: (text: string, column: number) => string): string =>
    row
      .map((text, column) => {
        const width = Math.max(widths[column] ?? 0, text.length);
        widths[column] = width;
        return `${text === '' ? '' : painted(text, column)}${' '.repeat(width - text.length + 2)}`;
      })
      .join('')
      .trimEnd();
  let begun = false;
  return (row) => {
    // With its widths, the first row makes room in the head.
    const first = line(row, paint.cell);
    if (!begun) sink.write(`${line(head, paint.head)}\n`);
    begun = true;
    sink.write(`${first}\n`);
  };
}
