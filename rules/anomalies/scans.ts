import { portName } from '../flows/flow-names.ts';
import type { FlowRecord } from '../flows/flow-record.ts';
import { BoundedMap } from './bounded-map.ts';
import { seconds, toEnd, type Finding } from './finding.ts';
import { endName, keyOf, sample } from './flow-words.ts';
import { RecentSet } from './recent-set.ts';
import { MEMORY, type Thresholds } from './thresholds.ts';

export interface Scans {
  /** `suspicious`: it was refused, or its source never reached that peer and port before. */
  observe(record: FlowRecord, at: number, suspicious: boolean): readonly Finding[];
  readonly forgotten: number;
}

interface Counted {
  readonly window: number;
  readonly threshold: number;
  readonly seen: BoundedMap<RecentSet>;
}

/** One source, many destinations: horizontal. One source and destination, many ports: vertical. */
export function findScans(thresholds: Thresholds): Scans {
  const { window, slowWindow } = thresholds;
  const counted = (span: number, threshold: number, most: number): Counted => ({
    ...{ window: span, threshold },
    seen: new BoundedMap(most),
  });
  const horizontal = [
    counted(window, thresholds.horizontal, MEMORY.sources),
    counted(slowWindow, thresholds.horizontalSlow, MEMORY.sources),
  ];
  const vertical = [
    counted(window, thresholds.vertical, MEMORY.pairs),
    counted(slowWindow, thresholds.verticalSlow, MEMORY.pairs),
  ];
  const anyPort = [counted(window, thresholds.verticalAny, MEMORY.sources / 2)];
  const all = [...horizontal, ...vertical, ...anyPort];

  function across(record: FlowRecord, at: number): readonly Finding[] {
    const source = endName(record.source);
    return over(horizontal, source, endName(record.destination), at).map(
      ({ set, count, threshold, span }): Finding => ({
        kind: 'horizontal-scan',
        about: '',
        summary: `${source} tried ${count} destinations within ${seconds(span)} s that refused it or were new to it`,
        evidence: {
          ...{ count, threshold, unit: 'destinations', windowSeconds: seconds(span) },
          ...{ first: set.first(), last: at },
          samples: [sample(record), ...set.items()].slice(0, MEMORY.samples),
        },
      }),
    );
  }

  function down(sets: readonly Counted[], record: FlowRecord, at: number): readonly Finding[] {
    const [source, destination] = [endName(record.source), endName(record.destination)];
    const key = keyOf(source, destination);
    return over(sets, key, portName(record), at).map(({ set, count, threshold, span }): Finding => ({
      kind: 'vertical-scan',
      about: destination,
      summary: `${source} tried ${count} ports of ${destination} within ${seconds(span)} s`,
      destination: toEnd(record.destination),
      evidence: {
        ...{ count, threshold, unit: 'ports', windowSeconds: seconds(span) },
        ...{ first: set.first(), last: at },
        samples: [sample(record), ...set.items()].slice(0, MEMORY.samples),
      },
    }));
  }

  return {
    observe: (record, at, suspicious) => [
      ...(suspicious ? across(record, at) : []),
      ...(record.port !== undefined && suspicious ? down(vertical, record, at) : []),
      ...(record.port !== undefined && record.protocol === 'tcp' ? down(anyPort, record, at) : []),
    ],
    get forgotten() {
      return all.reduce((sum, { seen }) => sum + seen.forgotten, 0);
    },
  };
}

function over(sets: readonly Counted[], key: string, item: string, at: number) {
  return sets.flatMap(({ window, threshold, seen }) => {
    const set = seen.at(key, () => new RecentSet(window, threshold));
    const count = set.add(item, at);
    return count < threshold ? [] : [{ set, count, threshold, span: window }];
  });
}
