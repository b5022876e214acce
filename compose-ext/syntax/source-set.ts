import type { Position } from '../diagnostic.ts';
import { sourceText, type SourceText } from './source-text.ts';

/** Several files as one text: an offset in it says which file, too, so a merged tree keeps each place. */
export interface SourceSet extends SourceText {
  /** `base` is what offsets of the file itself are moved by. */
  add(file: string, text: string): { readonly source: SourceText; readonly base: number };
  readonly files: number;
  /** Of all files, in characters. */
  readonly length: number;
}

interface Part {
  readonly base: number;
  readonly source: SourceText;
}

export function createSourceSet(file: string): SourceSet {
  const parts: Part[] = [];
  let joined = '';
  const add = (name: string, text: string) => {
    const part = { base: joined.length, source: sourceText(name, text) };
    parts.push(part);
    // A character between two files, so that the end of one is not the start of the next.
    joined += `${text}\n`;
    return part;
  };
  const at = (offset: number): Position => {
    const part = parts.findLast(({ base }) => base <= offset) ?? parts[0];
    return part === undefined ? { file, line: 1, column: 1 } : part.source.at(offset - part.base);
  };
  return {
    file,
    add,
    at,
    get text() {
      return joined;
    },
    get files() {
      return parts.length;
    },
    get length() {
      return joined.length;
    },
  };
}
