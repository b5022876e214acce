import { LabError } from '../lab/process.ts';

/** What `eventually` throws when its time is over. */
export const NOT_IN_TIME = 'not-in-time';
/** The lab itself could not be made, or fell over. */
const LAB_FELL = new Set([
  'engine-failed',
  'join-failed',
  'lab-undead',
  'machine-died',
  'machine-not-ready',
  'machine-timeout',
  'spawn-failed',
  'wire-failed',
]);

/**
 * Nothing wrong was seen; something awaited did not come. On a machine shared with others that happens without a fault of
 * the code's. Whatever was observed and is wrong, above all a packet that got through, is not of this kind.
 */
export function ranOutOfTime(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  if (error instanceof LabError) return LAB_FELL.has(error.code);
  return code === 'ERR_MOCHA_TIMEOUT' || code === NOT_IN_TIME;
}
