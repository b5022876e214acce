import type { PastGap } from './past-flows.ts';

export interface QuietQuestion {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly stagedAt: number;
  readonly promoteAfter: number;
  /** When the newest flow was seen that it would break; absent: none was. */
  readonly lastBreak?: number;
  /** Connections that it would cut, and that may be open still. */
  readonly open?: readonly string[];
  /** When flows were lost that nobody will know of; absent: none were. */
  readonly lastLoss?: number;
}

/** From when on nothing was seen that it would break, and when that is long enough. */
export function quietTime({ stagedAt, promoteAfter, lastBreak = 0, lastLoss = 0 }: QuietQuestion): {
  readonly since: number;
  readonly due: number;
} {
  const since = Math.max(stagedAt, lastBreak, lastLoss);
  return { since, due: since + promoteAfter };
}

/** Why it is not promoted though its time has come; empty: nothing is against it. */
export function reasonsToWait(
  { now, promoteAfter, open = [] }: QuietQuestion,
  gaps: readonly PastGap[],
  changed: readonly string[],
): readonly string[] {
  const unknown = gaps.filter(({ before }) => before > now - promoteAfter);
  return [
    ...unknown.map(({ node, why }) => `not all flows of ${node} in that time are known: ${why}`),
    ...open.map((name) => `a connection that it would cut may still be open: ${name}`),
    ...changed.map((what) => `${what} since it was staged: stage it again`),
  ];
}
