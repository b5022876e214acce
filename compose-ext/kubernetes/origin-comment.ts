import type { Position } from '../diagnostic.ts';

/** What a comment says of where something comes from. File names are anybody's: it stays one line. */
export function originComment(what: string, { file, line }: Position): string {
  const text = what === '' ? ` ${file}:${line}` : ` ${what}, ${file}:${line}`;
  return text.replace(/[^\P{Cc}]|[\u2028\u2029]/gu, '\ufffd');
}
