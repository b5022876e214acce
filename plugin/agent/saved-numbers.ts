import type { SavedNumbering } from '../../rules/numbering.ts';
import type { Clock } from '../process/clock.ts';

/** New numbers start beyond those that a killed agent may have given without saving them. */
const UNSAVED = 10_000;
const START_RANGE = 2 ** 20;

export function beyondUnsaved(saved: SavedNumbering | undefined): SavedNumbering | undefined {
  return (
    saved && { ...saved, nextRule: saved.nextRule + UNSAVED, nextIdentity: saved.nextIdentity + UNSAVED }
  );
}

/** Where numbers begin when none were saved. */
export function numbersFrom(clock: Clock): number {
  return 1 + Math.floor(clock.chance() * START_RANGE);
}
