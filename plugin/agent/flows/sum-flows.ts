import type { Clock } from '../../process/clock.ts';
import { passes } from './begun-flows.ts';
import type { Pace } from './pace.ts';
import type { SeenFlow } from './reader-line.ts';
import { keepRecent } from './recent.ts';

export interface Network {
  readonly id: string;
  readonly name: string;
}

/** What one flow did between two records. */
export interface FlowSum extends Pick<
  SeenFlow,
  'verdict' | 'way' | 'source' | 'destination' | 'protocol' | 'port' | 'first' | 'last'
> {
  readonly network: Network;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface FlowSums {
  add(network: Network, seen: SeenFlow): void;
  /** All that waits, now. */
  flush(): void;
  /** What is in no sum: packets that were judged, of allowed connections the first; and connections whose end it was. */
  readonly crowded: { readonly packets: number; readonly ends: number };
  stop(): void;
}

type Sum = { -readonly [Key in keyof FlowSum]: FlowSum[Key] };
interface Open {
  readonly sum: Sum;
  /** Connections whose packets are in it. */
  ends: number;
  readonly due: number;
}

const TICK = 100;
/** Of one tick: what is due besides waits for the next, so that a burst costs time and not memory. */
const MOST_READY = 1_000;
/** Kept apart at once. */
const MOST_OPEN = 10_000;
/** Of flows that had a record, when that was: so that one that is new has one soon, whatever goes on besides. */
const MOST_KNOWN = 20_000;

/** Sums up by network, ends, protocol, port and verdict. What is new is due at the next tick, what goes on by the pace. */
export function sumFlows(clock: Clock, pace: Pace, take: (sums: readonly FlowSum[]) => void): FlowSums {
  const open = new Map<string, Open>();
  const emitted = keepRecent<number>(MOST_KNOWN);
  const crowded = { packets: 0, ends: 0 };
  /** Opened since the last tick. */
  let fresh = 0;
  let cancel: (() => void) | undefined;

  function lose(
    verdict: FlowSum['verdict'],
    counts: Pick<FlowSum, 'connections' | 'packets'>,
    ends: number,
  ): void {
    crowded.packets += passes(verdict) ? counts.connections : counts.packets;
    crowded.ends += ends;
  }

  function emit(isDue: (one: Open) => boolean, most: number): void {
    const now = clock.elapsed();
    const sums: FlowSum[] = [];
    fresh = 0;
    for (const [key, one] of open) {
      if (sums.length >= most) break;
      if (!isDue(one)) continue;
      open.delete(key);
      if (pace.take()) {
        emitted.set(key, now);
        sums.push(one.sum);
      } else lose(one.sum.verdict, one.sum, one.ends);
    }
    if (sums.length > 0) take(sums);
  }

  function schedule(): void {
    cancel ??= clock.after(TICK, () => {
      cancel = undefined;
      const now = clock.elapsed();
      emit(({ due }) => due <= now, MOST_READY);
      if (open.size > 0) schedule();
    });
  }

  return {
    add: (network, seen) => {
      const { verdict, way, source, destination, protocol, port, first, last } = seen;
      const key = `${network.id} ${verdict} ${way} ${source} ${destination} ${String(protocol)} ${String(port)}`;
      const counts = countsOf(seen);
      const ends = seen.kind === 'end' ? seen.count : 0;
      const one = open.get(key);
      if (one !== undefined) {
        const known = one.sum;
        one.ends += ends;
        known.connections += counts.connections;
        known.packets += counts.packets;
        known.bytes += counts.bytes;
        known.first = Math.min(known.first, first);
        known.last = Math.max(known.last, last);
        return;
      }
      // More than may have a record at the next tick would only be kept to be dropped there.
      if (open.size >= MOST_OPEN || fresh >= pace.left()) {
        lose(verdict, counts, ends);
        return;
      }
      fresh += 1;
      const before = emitted.get(key);
      const due = before === undefined ? 0 : before + pace.interval();
      const { connections, packets, bytes } = counts;
      open.set(key, {
        sum: {
          network,
          verdict,
          way,
          source,
          destination,
          protocol,
          port,
          first,
          last,
          connections,
          packets,
          bytes,
        },
        ends,
        due,
      });
      schedule();
    },
    flush: () => {
      emit(() => true, MOST_OPEN);
    },
    crowded,
    stop: () => cancel?.(),
  };
}

/** What passes is counted by its connections, and by packets when those are over; what does not, by its packets. */
function countsOf({ kind, verdict, count, packets, bytes }: SeenFlow) {
  if (kind === 'end') return { connections: 0, packets, bytes };
  return passes(verdict)
    ? { connections: count, packets: 0, bytes: 0 }
    : { connections: 0, packets: count, bytes };
}
