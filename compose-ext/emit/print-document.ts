import type { Document } from 'yaml';

/** Prints in the style that the text was written in, as far as a printer can. */
export function printDocument(document: Document, original: string): string {
  const printed = document.toString({
    lineWidth: 0,
    indent: indentOf(original),
    indentSeq: indentsSequences(original),
    flowCollectionPadding: !/:\s*[{[]["'\w]/.test(original),
  });
  return original.includes('\r\n') ? printed.replace(/\r?\n/g, '\r\n') : printed;
}

function indentOf(text: string): number {
  const width = /^services:[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*( +)\S/m.exec(text)?.[1]?.length ?? 2;
  return Math.min(Math.max(width, 1), 8);
}

/** `key:` and `- item` below it at the same column: the other habit. */
function indentsSequences(text: string): boolean {
  return !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text);
}
