import { InvalidArgumentError } from 'commander';
import { parseDuration } from './ago.ts';

/** Milliseconds. @throws InvalidArgumentError */
export function duration(value: string): number {
  const parsed = parseDuration(value);
  if (parsed === undefined) throw new InvalidArgumentError('Write it as 90s, 15m, 2h or 1d.');
  return parsed;
}

/** @throws InvalidArgumentError */
export function count(value: string): number {
  if (!/^[1-9]\d{0,5}$/u.test(value)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(value);
}
