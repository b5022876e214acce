import type { Clock } from '../../process/clock.ts';
import type { Pace } from './pace.ts';
import type { SeenFlow } from './reader-line.ts';

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
  /** Packets and connections that are in no sum. */
  readonly crowded: number;
  stop(): void;
}

type Sum = { -readonly [Key in keyof FlowSum]: FlowSum[Key] };
interface Open {
  readonly sum: Sum;
  readonly due: number;
}

const TICK = 100;
/** Kept apart at once. */
const MOST_OPEN = 10_000;
/** Of flows that had a record, when that was: so that one that is new has one soon, whatever goes on besides. */
const MOST_KNOWN = 20_000;

/** Sums up by network, ends, protocol, port and verdict. What is new is due at the next tick, what goes on by the pace. */
export function sumFlows(clock: Clock, pace: Pace, take: (sums: readonly FlowSum[]) => void): FlowSums {
  const open = new Map<string, Open>();
  const emitted = new Map<string, number>();
  let crowded = 0;
  let cancel: (() => void) | undefined;

  function remember(key: string, now: number): void {
    emitted.delete(key);
    emitted.set(key, now);
    const [oldest] = emitted.keys();
    if (emitted.size > MOST_KNOWN && oldest !== undefined) emitted.delete(oldest);
  }

  function emit(isDue: (one: Open) => boolean): void {
    const now = clock.elapsed();
    const sums: FlowSum[] = [];
    for (const [key, one] of open) {
      if (!isDue(one)) continue;
      open.delete(key);
      if (pace.take()) {
        remember(key, now);
        sums.push(one.sum);
      } else crowded += weight(one.sum);
    }
    if (sums.length > 0) take(sums);
  }

  function schedule(): void {
    cancel ??= clock.after(TICK, () => {
      cancel = undefined;
      const now = clock.elapsed();
      emit(({ due }) => due <= now);
      if (open.size > 0) schedule();
    });
  }

  return {
    add: (network, seen) => {
      const { verdict, way, source, destination, protocol, port, first, last } = seen;
      const key = `${network.id} ${verdict} ${way} ${source} ${destination} ${String(protocol)} ${String(port)}`;
      const counts = countsOf(seen);
      const known = open.get(key)?.sum;
      if (known !== undefined) {
        known.connections += counts.connections;
        known.packets += counts.packets;
        known.bytes += counts.bytes;
        known.first = Math.min(known.first, first);
        known.last = Math.max(known.last, last);
        return;
      }
      if (open.size >= MOST_OPEN) {
        crowded += weight(counts);
        return;
      }
      const before = emitted.get(key);
      const due = before === undefined ? 0 : before + pace.interval();
      const what = { network, verdict, way, source, destination, protocol, port, first, last };
      open.set(key, { sum: { ...what, ...counts }, due });
      schedule();
    },
    flush: () => {
      emit(() => true);
    },
    get crowded() {
      return crowded;
    },
    stop: () => cancel?.(),
  };
}

/** What passes is counted by its connections, and by packets when those are over; what does not, by its packets. */
function countsOf({ kind, verdict, count, packets, bytes }: SeenFlow) {
  if (kind === 'end') return { connections: 0, packets, bytes };
  return verdict === 'allowed' || verdict === 'would-deny'
    ? { connections: count, packets: 0, bytes: 0 }
    : { connections: 0, packets: count, bytes };
}

function weight({ connections, packets }: Pick<FlowSum, 'connections' | 'packets'>): number {
  return connections > 0 ? connections : packets;
}
