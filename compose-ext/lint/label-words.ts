import type { Position } from '../diagnostic.ts';
import type { Annotation, ComposeFile } from '../load/compose-file.ts';
import type { Direction } from '../policy-model.ts';
import type { TextEdit } from './lint-rule.ts';

type Sources = ReadonlyMap<string, string>;

/** One entry of a label, as it is written. */
export interface LabelWord {
  readonly service: string;
  readonly direction: Direction;
  readonly annotation: Annotation;
  /** Of the label's entries; its policy has one rule for each, in the same order. */
  readonly index: number;
  readonly text: string;
  readonly at: Position;
}

export function labelWords(file: ComposeFile): LabelWord[] {
  return file.services.flatMap(({ name: service, annotations }) =>
    (['ingress', 'egress'] as const).flatMap((direction) => {
      const annotation = annotations[direction];
      return (annotation?.parsed.entries ?? []).flatMap(({ offset, length }, index): LabelWord[] => {
        if (annotation === undefined) return [];
        const text = annotation.text.slice(offset, offset + length);
        const at = annotation.entryOrigins[index] ?? annotation.origin;
        return [{ service, direction, annotation, index, text, at }];
      });
    }),
  );
}

/** Undefined: no such place. */
export function offsetAt(text: string, { line, column }: Position): number | undefined {
  let start = 0;
  for (let each = 1; each < line; each++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  return start + column - 1 <= text.length ? start + column - 1 : undefined;
}

/** Undefined where the file does not have the very word there: a variable or an escape wrote it. */
export function replaceWord(sources: Sources, at: Position, was: string, now: string): TextEdit | undefined {
  const found = findWord(sources, at, was);
  return found && { file: at.file, offset: found.offset, length: was.length, text: now };
}

/** With the space beside it, or its whole line when nothing else is on it. */
export function removeWord(sources: Sources, at: Position, was: string): TextEdit | undefined {
  const found = findWord(sources, at, was);
  if (found === undefined) return undefined;
  const { text, offset } = found;
  const cut = (start: number, end: number) => ({
    file: at.file,
    offset: start,
    length: end - start,
    text: '',
  });
  const end = offset + was.length;
  const after = /^[ \t]+(?=[^\s"'#])/.exec(text.slice(end, end + 200));
  const before = /[^\s"'=:|>-][ \t]+$/.exec(text.slice(Math.max(0, offset - 200), offset));
  if (after !== null) return cut(offset, end + after[0].length);
  if (before !== null) return cut(offset - before[0].length + 1, end);
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const rest = /^[ \t]*\r?\n/.exec(text.slice(end, end + 200));
  return rest !== null && text.slice(lineStart, offset).trim() === ''
    ? cut(lineStart, end + rest[0].length)
    : undefined;
}

function findWord(sources: Sources, at: Position, word: string) {
  const text = sources.get(at.file);
  const offset = text === undefined ? undefined : offsetAt(text, at);
  if (text === undefined || offset === undefined || !text.startsWith(word, offset)) return undefined;
  return /^[\s"',}\]]?$/.test(text[offset + word.length] ?? '') ? { text, offset } : undefined;
}
