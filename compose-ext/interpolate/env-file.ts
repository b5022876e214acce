import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { interpolate, type Environment } from './interpolate.ts';

const KEY = /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*/y;
const SINGLE = /'((?:[^'\\]|\\[^])*)'/y;
const DOUBLE = /"((?:[^"\\]|\\[^])*)"/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * `KEY=value` lines of a `.env`: comments, `export`, quotes (double ones may hold variables and escapes), values over
 * several lines. A variable may use those above it; the environment wins over them, as in Compose.
 */
export function readEnvFile(source: SourceText, environment: Environment, report: Report): Environment {
  const { text } = source;
  const values: Record<string, string | undefined> = Object.create(null) as Record<string, undefined>;
  const scope = () => ({ ...values, ...environment });
  for (let at = 0; at < text.length; at = lineEnd(text, at) + 1) {
    const line = text.slice(at, lineEnd(text, at)).trim();
    if (line === '' || line.startsWith('#')) continue;
    KEY.lastIndex = at;
    const found = KEY.exec(text);
    const key = found?.[1];
    const sign = found ? (text[KEY.lastIndex] ?? '\n') : '';
    if (key === undefined || !/[=:\r\n]/.test(sign)) {
      report.error(
        'invalid-env-file',
        source.at(at),
        'the line is not KEY=value',
        'Comments start with "#".',
      );
      continue;
    }
    // A key alone stands for the environment's own.
    if (sign !== '=' && sign !== ':') continue;
    const value = readValue(text, skipBlanks(text, KEY.lastIndex + 1));
    if (value === undefined) {
      report.error('invalid-env-file', source.at(at), `the quotes of ${key} are not closed`);
      break;
    }
    const { text: meant, problem } = value.literal
      ? { text: value.text, problem: undefined }
      : interpolate(value.text, scope());
    if (problem) report.error(problem.code, source.at(at), problem.message, 'Use single quotes for a "$".');
    values[key] = meant;
    at = value.end;
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
    const line = text.slice(at, end).replace(/(?:^|\s)#.*$/, '');
    return { text: line.trim(), end: Math.max(at, end), literal: false };
  }
  const pattern = quote === '"' ? DOUBLE : SINGLE;
  pattern.lastIndex = at;
  const inner = pattern.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const end = pattern.lastIndex;
  if (quote === "'") return { text: inner.replaceAll("\\'", "'"), end, literal: true };
  const meant = inner.replace(/\\([^])/g, (_, char: string) =>
    char === '$' ? '$$' : (ESCAPES[char] ?? char),
  );
  return { text: meant, end, literal: false };
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
