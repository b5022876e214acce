import type { Position } from '../diagnostic.ts';

/** A file's text, and where in it an offset is, as editors count. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  at(offset: number): Position;
}

export function sourceText(file: string, text: string): SourceText {
  const lineStarts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1);
  const at = (offset: number): Position => {
    const clamped = Math.min(Math.max(offset, 0), text.length);
    let [low, high] = [0, lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] ?? 0) <= clamped) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: clamped - (lineStarts[low] ?? 0) + 1 };
  };
  return { file, text, at };
}
