import type { ArrowState } from '../../../rules/map/map-data.ts';

export const STATE_WORDS: Readonly<Record<ArrowState, string>> = {
  allowed: 'allowed',
  unused: 'unused allow',
  limited: 'over limit',
  'would-deny': 'would deny',
  denied: 'denied',
};

export const RANGE_WORDS: readonly (readonly [minutes: number, words: string])[] = [
  [5, '5 minutes'],
  [15, '15 minutes'],
  [60, '1 hour'],
  [24 * 60, '24 hours'],
  [7 * 24 * 60, '7 days'],
];

export function plural(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const shown = bytes / 10 ** (3 * power);
  return `${shown >= 100 || power === 0 ? Math.round(shown) : shown.toFixed(1)} ${units[power] ?? ''}`;
}

/** Local date and time, to the second. */
export function timeText(at: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
