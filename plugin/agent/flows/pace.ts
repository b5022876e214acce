/** How often a flow that goes on has a record, so that the log's days fit in its bytes. */
export interface Pace {
  /** Milliseconds from one record of a flow to the next. */
  interval(): number;
  /** How many records could be made now. */
  left(): number;
  /** Takes one record; false: there are too many, and this one is not to be made. */
  take(): boolean;
}

/** Some 450 bytes a record: a week of so many a second is a gigabyte. */
const PER_SECOND = 4;
const MOST = 20_000;
/** What is left when all of that is used up: who scans may not push the days before out of the log in an hour. */
const LEAST_PER_SECOND = 50;
const [SHORT, LONGER, LONGEST] = [100, 10_000, 60_000];

/** @param elapsed milliseconds, by a clock that nobody sets */
export function createPace(elapsed: () => number): Pace {
  let at = elapsed();
  let left = MOST;
  let least = LEAST_PER_SECOND;

  function fill(): void {
    const seconds = (elapsed() - at) / 1_000;
    at = elapsed();
    left = Math.min(MOST, left + seconds * PER_SECOND);
    least = Math.min(LEAST_PER_SECOND, least + seconds * LEAST_PER_SECOND);
  }

  return {
    interval: () => {
      fill();
      if (left > MOST / 2) return SHORT;
      return left > MOST / 4 ? LONGER : LONGEST;
    },
    left: () => {
      fill();
      return Math.floor(left) + Math.floor(least);
    },
    take: () => {
      fill();
      if (left >= 1) left -= 1;
      else if (least >= 1) least -= 1;
      else return false;
      return true;
    },
  };
}
