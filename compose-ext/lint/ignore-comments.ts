import { Lexer } from 'yaml';
import type { Position } from '../diagnostic.ts';
import { sourceText } from '../syntax/source-text.ts';

/** `# swarmwall-ignore rule reason`, or several rules with commas between. */
export interface IgnoreComment {
  readonly rule: string;
  readonly origin: Position;
  /** Its own line; or, where it stands alone, the next line that is not a comment. */
  readonly line: number;
}

/** The lexer says with this that a scalar's text follows, which may look like a comment. */
const SCALAR = '\u001f';
/** Other marks of the lexer: they stand for no text. */
const MARKS = new Set(['\u0002', '\u0018', SCALAR]);
const IGNORE = /^#\s*swarmwall-ignore(?:\s+(\S+))?/;

export function readIgnoreComments(file: string, text: string): IgnoreComment[] {
  if (!text.includes('swarmwall-ignore')) return [];
  const source = sourceText(file, text);
  const lines = text.split('\n');
  return comments(text).flatMap(({ offset, comment }) => {
    const names = IGNORE.exec(comment);
    if (names === null) return [];
    const origin = source.at(offset);
    const alone = (lines[origin.line - 1] ?? '').slice(0, origin.column - 1).trim() === '';
    let line = origin.line;
    if (alone)
      do line++;
      while (/^\s*#/.test(lines[line - 1] ?? ''));
    return (names[1] ?? '').split(',').map((rule) => ({ rule, origin, line }));
  });
}

function comments(text: string): { readonly offset: number; readonly comment: string }[] {
  const found: { offset: number; comment: string }[] = [];
  let offset = 0;
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('#') && before !== SCALAR) found.push({ offset, comment: lexeme });
    if (!MARKS.has(lexeme)) offset += lexeme.length;
    before = lexeme;
  }
  return found;
}
