import type { FlowRecord } from '../flows/flow-record.ts';
import { BoundedMap } from './bounded-map.ts';
import { seconds, toEnd, type Finding } from './finding.ts';
import { endName, keyOf, namesOf, refusals, sample } from './flow-words.ts';
import { Rate } from './rate.ts';
import type { SavedUsual } from './saved-habits.ts';
import { MEMORY, type Thresholds } from './thresholds.ts';

export interface Surges {
  observe(record: FlowRecord, at: number): readonly Finding[];
  /** Where it is so much that it counts. */
  saved(): readonly SavedUsual[];
  recall(saved: SavedUsual): void;
  readonly forgotten: number;
}

interface Surge {
  readonly rate: Rate;
  readonly samples: Set<string>;
}

/** Bursts of denies, and floods of connections. Both nodes see a connection, so each side counts for itself. */
export function findSurges(thresholds: Thresholds): Surges {
  const { window, denies, flood, floodFactor } = thresholds;
  const refused = new BoundedMap<Surge>(MEMORY.sources);
  const begun = new BoundedMap<Surge>(MEMORY.pairs);
  const surge = (usual = 0): Surge => ({ rate: new Rate(window, usual), samples: new Set() });
  const side = ({ direction }: FlowRecord): SavedUsual['side'] => (direction === 'ingress' ? 'in' : 'out');

  function count(
    map: BoundedMap<Surge>,
    key: string,
    record: FlowRecord,
    { more, at }: { readonly more: number; readonly at: number },
  ) {
    const { rate, samples } = map.at(key, () => surge());
    if (samples.size < MEMORY.samples) samples.add(sample(record));
    return { rate, samples, count: Math.round(rate.add(more, at)) };
  }

  function burst(record: FlowRecord, at: number): readonly Finding[] {
    const source = endName(record.source);
    const more = refusals(record);
    if (more === 0) return [];
    const { count: found, samples } = count(refused, keyOf(source, side(record)), record, { more, at });
    if (found < denies) return [];
    return [
      {
        kind: 'deny-burst',
        about: '',
        summary: `${source} was refused ${found} times within ${seconds(window)} s`,
        evidence: {
          ...{ count: found, threshold: denies, unit: 'refusals', windowSeconds: seconds(window) },
          ...{ first: at - window, last: at, samples: [...samples] },
        },
      },
    ];
  }

  function flooded(record: FlowRecord, at: number): readonly Finding[] {
    const [source, destination] = [endName(record.source), endName(record.destination)];
    const more = record.connections;
    // The end of one, or what was refused: that begins none.
    if (more === 0) return [];
    const key = keyOf(source, destination, side(record));
    const { rate, count: found, samples } = count(begun, key, record, { more, at });
    const threshold = Math.max(flood, Math.round(rate.usual * floodFactor));
    if (found < threshold) return [];
    return [
      {
        kind: 'connection-flood',
        about: destination,
        summary: `${source} began ${found} connections to ${destination} within ${seconds(window)} s, where ${Math.round(rate.usual)} are usual`,
        destination: toEnd(record.destination),
        evidence: {
          ...{ count: found, threshold, unit: 'connections', windowSeconds: seconds(window) },
          ...{ first: at - window, last: at, samples: [...samples] },
        },
      },
    ];
  }

  return {
    observe: (record, at) => [...burst(record, at), ...flooded(record, at)],
    saved: () =>
      begun
        .entries()
        .filter(([, { rate }]) => rate.usual * floodFactor > flood)
        .map(([key, { rate }]) => {
          const [source = '', destination = '', of] = namesOf(key);
          return { source, destination, side: of === 'in' ? 'in' : 'out', usual: rate.usual };
        }),
    recall: ({ source, destination, side: of, usual }) => {
      begun.set(keyOf(source, destination, of), surge(usual));
    },
    get forgotten() {
      return refused.forgotten + begun.forgotten;
    },
  };
}
