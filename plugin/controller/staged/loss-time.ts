import type { Clock } from '../../process/clock.ts';
import type { NodeLosses } from '../flow-losses.ts';

/** When flows were lost of which no node's log tells: nobody knows what they were. */
export interface LossTime {
  /** Milliseconds since 1970; undefined: none were, as far as this manager can say. */
  update(totals: ReadonlyMap<string, NodeLosses>): number | undefined;
}

export function createLossTime(clock: Clock): LossTime {
  const known = new Map<string, number>();
  let last: number | undefined;
  return {
    update: (totals) => {
      for (const [node, { limited, unread, crowded, unwritten }] of totals) {
        const sum = limited + unread + crowded + unwritten;
        // What was lost before this manager looked may have been lost a moment ago.
        if (sum > (known.get(node) ?? 0)) last = clock.now();
        known.set(node, sum);
      }
      return last;
    },
  };
}
