import type { ServiceLimit } from '../policy-model.ts';
import type { LabelProblem } from './label-grammar.ts';

export interface ParsedLimit {
  /** Absent: it could not be read whole. */
  readonly limit?: ServiceLimit;
  readonly problems: readonly LabelProblem[];
}

const MOST = 1_000_000;
const MAX_LENGTH = 1_000;
const HINT = 'It looks like "connections=200 rate=50/s burst=100 per=peer".';
const KEYS = ['connections', 'rate', 'burst', 'per'] as const;
type Key = (typeof KEYS)[number];

/** Reads the value of `swarmwall.limit`. Never throws. */
export function parseLimit(text: string): ParsedLimit {
  const problems: LabelProblem[] = [];
  const fail = (offset: number, message: string) => {
    problems.push({ code: 'invalid-limit', offset, message, hint: HINT });
  };
  if (text.length > MAX_LENGTH) {
    fail(0, `a limit may have ${MAX_LENGTH} characters, this one has ${text.length}`);
    return { problems };
  }
  const written = new Map<Key, { readonly value: string; readonly offset: number }>();
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/su.exec(word) ?? [];
    const key = KEYS.find((known) => known === name);
    if (key === undefined) fail(index, `"${name}" is not a word of a limit`);
    else if (written.has(key)) fail(index, `${key} is written twice`);
    else written.set(key, { value, offset: index });
  }
  const read = <T>(key: Key, parse: (value: string) => T | undefined, what: string): T | undefined => {
    const word = written.get(key);
    const value = word && parse(word.value);
    if (word !== undefined && value === undefined) fail(word.offset, `"${key}=${word.value}" is not ${what}`);
    return value;
  };
  const connections = read('connections', parseCount, `a number from 1 to ${MOST}`);
  const rate = read('rate', parseRate, 'a number a second or a minute, such as 50/s or 300/m');
  const burst = read('burst', parseCount, `a number from 1 to ${MOST}`);
  const per = read('per', parsePer, '"peer" or "task"') ?? 'peer';
  const [burstWord] = [written.get('burst')];
  if (burstWord !== undefined && !written.has('rate'))
    fail(burstWord.offset, 'burst is about a rate, and there is none');
  if (!written.has('connections') && !written.has('rate') && problems.length === 0)
    fail(0, 'it limits neither connections nor their rate');
  if (problems.length > 0) return { problems };
  return {
    limit: {
      per,
      ...(connections === undefined ? {} : { connections }),
      ...(rate === undefined ? {} : { rate: { ...rate, burst: burst ?? rate.count } }),
    },
    problems,
  };
}

function parseCount(text: string): number | undefined {
  const count = /^[1-9]\d{0,6}$/u.test(text) ? Number(text) : undefined;
  return count !== undefined && count <= MOST ? count : undefined;
}

function parseRate(text: string): { readonly count: number; readonly unit: 'second' | 'minute' } | undefined {
  const match = /^(\d+)\/(s|m)$/u.exec(text);
  const count = parseCount(match?.[1] ?? '');
  return count === undefined ? undefined : { count, unit: match?.[2] === 'm' ? 'minute' : 'second' };
}

function parsePer(text: string): ServiceLimit['per'] | undefined {
  return text === 'peer' || text === 'task' ? text : undefined;
}

/** As it is written. */
export function formatLimit({ per, connections, rate }: ServiceLimit): string {
  return [
    ...(connections === undefined ? [] : [`connections=${connections}`]),
    ...(rate === undefined ? [] : [`rate=${rate.count}/${rate.unit === 'minute' ? 'm' : 's'}`]),
    ...(rate === undefined || rate.burst === rate.count ? [] : [`burst=${rate.burst}`]),
    `per=${per}`,
  ].join(' ');
}
