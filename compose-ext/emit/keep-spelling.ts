import { createReport } from '../report.ts';
import { readDocument } from '../syntax/read-document.ts';
import { sourceText } from '../syntax/source-text.ts';
import { toPlain } from '../syntax/tree-access.ts';
import { buildTree } from '../syntax/yaml-tree.ts';
import { matchLines } from './match-lines.ts';

/**
 * The printer normalises spaces, also where nothing was edited. So each line that the edit left alone is
 * taken from the user's text: `before` is that text as the printer has it, `after` the edited document.
 * When the result would not mean the same (odd indentation around an edit), the printed text stands.
 */
export function keepSpelling(original: string, before: string, after: string): string {
  const [own, old, edited] = [lines(original), lines(before), lines(after)];
  const toOwn = matchLines(old.map(squeeze), own.map(squeeze));
  const fromOld = new Map(matchLines(old, edited).map((to, from) => [to, from]));
  const indents = createIndents();
  const result: string[] = [];
  let last = -1;
  for (let index = 0; index < edited.length; index++) {
    const line = edited[index] ?? '';
    const from = fromOld.get(index);
    const at = from === undefined ? -1 : (toOwn[from] ?? -1);
    const text = own[at];
    if (at <= last || text === undefined) {
      const whole = untouched(index, edited.length, fromOld, toOwn);
      if (whole !== undefined && toOwn[whole.before] === last && whole.next > last) {
        result.push(...own.slice(last + 1, whole.next));
        last = whole.next - 1;
        index = whole.end - 1;
      } else result.push(indents.apply(line));
      continue;
    }
    // Blank lines that the printer had joined.
    const gap = own.slice(last + 1, at);
    if (gap.every((blank) => blank.trim() === '')) result.push(...gap);
    indents.learn(line, text);
    result.push(text);
    last = at;
  }
  const text = result.join('\n');
  return meaning(text) === meaning(after) ? text : after;
}

/**
 * Lines that the printer breaks in another way than the user, and that no edit touched: from `start` up to `end`, between
 * the printer's line `before` and the user's line `next`, which both have.
 */
function untouched(
  start: number,
  length: number,
  fromOld: ReadonlyMap<number, number>,
  toOwn: readonly (number | undefined)[],
): { readonly before: number; readonly end: number; readonly next: number } | undefined {
  const first = fromOld.get(start);
  if (first === undefined) return undefined;
  for (let end = start; end < length; end++) {
    const from = fromOld.get(end);
    if (from !== first + end - start) return undefined;
    const next = toOwn[from] ?? -1;
    if (next >= 0) return { before: first - 1, end, next };
  }
  return undefined;
}

/** The user's indentation at each level of the printer's, from the lines above; for lines put between them. */
function createIndents() {
  const own = new Map<number, number>();
  const set = (level: number, indent: number) => {
    for (const deeper of [...own.keys()].filter((key) => key > level)) own.delete(deeper);
    own.set(level, indent);
  };
  return {
    learn(printed: string, text: string) {
      if (text.trim() !== '') set(levelOf(printed), indentOf(text));
    },
    apply(printed: string): string {
      if (printed.trim() === '') return printed;
      const level = levelOf(printed);
      const above = Math.max(0, ...[...own.keys()].filter((key) => key <= level));
      const shifted = indentOf(printed) + (own.get(above) ?? above >> 1) - (above >> 1);
      set(level, shifted);
      return ' '.repeat(shifted) + printed.trimStart();
    },
  };
}

/** Items of a list may stand at the column of its key, and are deeper all the same. */
function levelOf(line: string): number {
  return indentOf(line) * 2 + (line.trimStart().startsWith('- ') ? 1 : 0);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function lines(text: string): string[] {
  return text.split('\n');
}

function squeeze(line: string): string {
  return line.replace(/\s+/g, '');
}

/** Undefined for text that cannot be read, which equals nothing that can. */
function meaning(text: string): string | undefined {
  const report = createReport();
  const source = sourceText('', text);
  const document = readDocument(source, report);
  const tree = document && buildTree(document, source, report);
  return tree && JSON.stringify(toPlain(tree));
}
