import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { interpolate, type Environment } from './interpolate.ts';

const KEY = /[ \t]*(?:export[ \t]+)?([\p{L}\p{N}_][\p{L}\p{N}_.[\]-]*)[ \t\r]*/uy;
const BLANK = /[ \t\r\v\f]*/y;
const ESCAPE = /\\(?:([abfnrtv$"\\])|0([0-7]{3}))/g;
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  // To be read as a variable's escape in the next step.
  $: '$$',
};

/**
 * `KEY=value` lines of a `.env`: comments, `export`, quotes (double ones may hold variables and escapes), values over
 * several lines. A variable may use those above it; the environment wins over them. After compose-go's `dotenv`.
 */
export function readEnvFile(source: SourceText, environment: Environment, report: Report): Environment {
  const { text } = source;
  const values: Record<string, string | undefined> = Object.create(null) as Record<string, undefined>;
  const scope: Record<string, string | undefined> = Object.assign(
    Object.create(null) as Record<string, undefined>,
    environment,
  );
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    at = skipBlanks(text, at);
    if (text[at] === '\n' || text[at] === '#' || text[at] === undefined) {
      at = lineEnd(text, at) + 1;
      continue;
    }
    KEY.lastIndex = at;
    const key = KEY.exec(text)?.[1];
    const sign = key === undefined ? undefined : (text[KEY.lastIndex] ?? '\n');
    if (key === undefined || !/[=:\n]/.test(sign ?? '')) {
      const hint = 'Comments start with "#".';
      report.error('invalid-env-file', source.at(at), 'the line is not KEY=value', hint);
      at = lineEnd(text, at) + 1;
      continue;
    }
    const start = at;
    at = KEY.lastIndex + 1;
    // A key alone stands for the environment's own.
    if (sign === '\n') continue;
    const value = readValue(text, skipBlanks(text, at));
    if (value === undefined) {
      report.error('invalid-env-file', source.at(start), `the quotes of ${key} are not closed`);
      break;
    }
    at = value.end;
    // Compose leaves them out without a word.
    if (/^\d/.test(key)) continue;
    const { text: meant, problem } = value.literal
      ? { text: value.text, problem: undefined }
      : interpolate(value.text, scope);
    if (problem)
      report.error(problem.code, source.at(start), problem.message, 'Use single quotes for a "$".');
    values[key] = meant;
    if (!Object.hasOwn(environment, key) || environment[key] === undefined) scope[key] = meant;
  }
  return values;
}

interface Value {
  readonly text: string;
  readonly end: number;
  /** Variables in it mean nothing. */
  readonly literal: boolean;
}

function readValue(text: string, at: number): Value | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") {
    const end = lineEnd(text, at);
    const [line = ''] = text.slice(at, end).split(' #', 1);
    return { text: line.trim(), end, literal: false };
  }
  const close = closingQuote(text, at + 1, quote);
  if (close < 0) return undefined;
  const inner = text.slice(at + 1, close).replaceAll(`\\${quote}`, quote);
  if (quote === "'") return { text: inner, end: close + 1, literal: true };
  const meant = inner.replace(ESCAPE, (_, char: string | undefined, octal: string | undefined) =>
    octal === undefined ? (ESCAPES[char ?? ''] ?? char ?? '') : String.fromCharCode(parseInt(octal, 8)),
  );
  return { text: meant, end: close + 1, literal: false };
}

/** A loop: a regular expression runs out of stack on a long value. */
function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function skipBlanks(text: string, at: number): number {
  BLANK.lastIndex = at;
  return at + (BLANK.exec(text)?.[0].length ?? 0);
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
