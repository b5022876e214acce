import type { Document, ToStringOptions } from 'yaml';
import { parseYaml } from '../syntax/read-document.ts';
import { keepSpelling } from './keep-spelling.ts';

/** Prints an edited document in the spelling of the text that it was read from. */
export function printDocument(document: Document, original: string): string {
  const style: ToStringOptions = {
    lineWidth: 0,
    indent: indentOf(original),
    indentSeq: indentsSequences(original),
    flowCollectionPadding: !/[{[]["'\w]/.test(original) || /\{ /.test(original),
  };
  const unix = original.replaceAll('\r\n', '\n');
  const text = keepSpelling(unix, parseYaml(original).toString(style), document.toString(style));
  return unix === original ? text : text.replaceAll('\n', '\r\n');
}

function indentOf(text: string): number {
  const width = /^services:[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*( +)\S/m.exec(text)?.[1]?.length ?? 2;
  return Math.min(Math.max(width, 1), 8);
}

/** `key:` and `- item` below it at the same column: the other habit. */
function indentsSequences(text: string): boolean {
  return !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text);
}
