import type { Anomaly } from '../../../rules/anomalies/anomaly.ts';
import type { AnomalyLine } from '../../api/types.ts';
import { LIMITS } from '../../config.ts';
import { Fault } from '../../fault.ts';

export interface AnomalyFeed {
  tell(anomaly: Anomaly): void;
  /** Oldest first. */
  recent(): readonly Anomaly[];
  /** What was told, from `since` on (milliseconds since 1970); with `follow=1` it goes on with what will be, and without `since` only that. @throws Fault `bad-query`, `too-many` */
  lines(asked: URLSearchParams, signal: AbortSignal): Promise<AsyncIterable<AnomalyLine>>;
}

/** The last anomalies, for who asks and who waits. */
export function createAnomalyFeed(before: readonly Anomaly[]): AnomalyFeed {
  const kept = before.slice(-LIMITS.anomaliesKept);
  /** Of all that were ever in it: the last is `kept`'s last. */
  let told = kept.length;
  const waiting = new Set<() => void>();
  let followers = 0;

  async function* follow(from: number, signal: AbortSignal): AsyncGenerator<AnomalyLine> {
    followers += 1;
    try {
      for (let next = from; !signal.aborted;) {
        const first = told - kept.length;
        if (next < first) yield lost(first - next);
        next = Math.max(next, first);
        const line = kept[next - first];
        if (line === undefined) {
          await more(signal);
          continue;
        }
        next += 1;
        yield line;
      }
    } finally {
      followers -= 1;
    }
  }

  function more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  return {
    tell: (anomaly) => {
      kept.push(anomaly);
      if (kept.length > LIMITS.anomaliesKept) kept.shift();
      told += 1;
      for (const wake of [...waiting]) wake();
    },
    recent: () => kept,
    lines: async (asked, signal) => {
      const { since, follows } = readAsked(asked);
      const from =
        since === undefined ? (follows ? kept.length : 0) : kept.findIndex(({ at }) => at >= since);
      const begin = from === -1 ? kept.length : from;
      if (!follows) return toAsync(kept.slice(begin));
      if (followers >= LIMITS.flowFollowers)
        throw new Fault('too-many', `${followers} follow the anomalies already`);
      return follow(told - kept.length + begin, signal);
    },
  };
}

function lost(count: number): AnomalyLine {
  return {
    notice: 'lost',
    count,
    message: `${count} anomalies are not shown: they came faster than they were read`,
  };
}

async function* toAsync(lines: readonly AnomalyLine[]): AsyncGenerator<AnomalyLine> {
  yield* lines;
}

function readAsked(asked: URLSearchParams): {
  readonly since: number | undefined;
  readonly follows: boolean;
} {
  let since: number | undefined;
  let follows = false;
  const mistakes: string[] = [];
  for (const [name, value] of asked)
    if (name === 'since' && /^\d{1,15}$/u.test(value)) since = Number(value);
    else if (name === 'follow' && /^[01]$/u.test(value)) follows = value === '1';
    else mistakes.push(`${name.slice(0, 50)}=${value.slice(0, 50)}`);
  if (mistakes.length > 0)
    throw new Fault('bad-query', `these are no parameters of anomalies: ${mistakes.slice(0, 10).join(', ')}`);
  return { since, follows };
}
