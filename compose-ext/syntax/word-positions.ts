import { isScalar } from 'yaml';
import type { Position } from '../diagnostic.ts';
import type { SourceText } from './source-text.ts';
import type { TreeScalar } from './yaml-tree.ts';

/** A part of a scalar's value, by offset. */
export interface ValueSpan {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where words of a scalar's value stand in the file. A value differs from its source by quotes,
 * indentation and folds, but these never split a word, so each is searched after the one before;
 * a word that was written with escapes is not found, and the scalar's start stands for it.
 */
export function wordPositions(
  scalar: TreeScalar,
  value: string,
  spans: readonly ValueSpan[],
  source: SourceText,
): Position[] {
  const range = isScalar(scalar.node) ? scalar.node.range : undefined;
  const start = source.at(scalar.offset);
  if (range === undefined || range === null) return spans.map(() => start);
  // The node counts from the start of its own file, which may be one of several in `source`.
  const end = scalar.offset + range[1] - range[0];
  let cursor = contentStart(source.text, scalar.offset, end);
  return spans.map(({ offset, length }) => {
    const word = value.slice(offset, offset + length);
    const found = findWord(source.text, word, cursor, end);
    if (found < 0) return start;
    cursor = found + length;
    return source.at(found);
  });
}

/** Past the header of a block scalar, which may hold a comment. */
function contentStart(text: string, from: number, to: number): number {
  if (text[from] !== '|' && text[from] !== '>') return from;
  const end = text.indexOf('\n', from);
  return end < 0 || end > to ? from : end;
}

function findWord(text: string, word: string, from: number, to: number): number {
  for (
    let at = text.indexOf(word, from);
    at >= 0 && at + word.length <= to;
    at = text.indexOf(word, at + 1)
  ) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + word.length] ?? ' '];
    if (/[\s"'=]/.test(before) && /[\s"'#,}\]]/.test(after)) return at;
  }
  return -1;
}
