import { THRESHOLDS, type Thresholds } from './thresholds.ts';

type Name = keyof Thresholds;
const TIMES: readonly Name[] = ['window', 'slowWindow', 'learning', 'silence', 'quiet'];
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST = 7 * 86_400_000;
/** Each source's destinations, and each pair's ports, are remembered up to the threshold. */
const MOST_DIFFERENT = 1_000;
const MOST = 10_000_000;
const DIFFERENT: readonly Name[] = [
  'horizontal',
  'horizontalSlow',
  'vertical',
  'verticalSlow',
  'verticalAny',
];

/** `horizontal=8 learning=2h`, separated by white space or commas: the others are as usual. What is wrong is left as usual, and said. */
export function readThresholds(text: string): {
  readonly thresholds: Thresholds;
  readonly mistakes: readonly string[];
} {
  const thresholds: Record<Name, number> = { ...THRESHOLDS };
  const mistakes: string[] = [];
  for (const entry of text.split(/[\s,]+/u).filter((part) => part !== '')) {
    const [name = '', value = '', ...rest] = entry.split('=');
    const known = Object.hasOwn(THRESHOLDS, name) ? (name as Name) : undefined;
    const read = known === undefined || rest.length > 0 ? undefined : readValue(known, value);
    if (known !== undefined && read !== undefined) thresholds[known] = read;
    else mistakes.push(`${entry.slice(0, 100)}: ${known === undefined ? unknownName() : formOf(known)}`);
  }
  return { thresholds, mistakes };
}

function readValue(name: Name, text: string): number | undefined {
  if (TIMES.includes(name)) {
    const match = /^(\d{1,9})([smhd])$/u.exec(text);
    const time = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
    return time >= 1_000 && time <= LONGEST ? time : undefined;
  }
  const count = /^\d{1,9}$/u.test(text) ? Number(text) : 0;
  return count >= 1 && count <= mostOf(name) ? count : undefined;
}

function mostOf(name: Name): number {
  return DIFFERENT.includes(name) ? MOST_DIFFERENT : MOST;
}

function unknownName(): string {
  return `a threshold is one of ${Object.keys(THRESHOLDS).join(', ')}`;
}

function formOf(name: Name): string {
  if (TIMES.includes(name)) return 'it takes a time from 1s to 7d, such as 30s, 10m, 2h';
  return `it takes a whole number from 1 to ${mostOf(name)}`;
}
