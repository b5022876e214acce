import { portName } from '../flows/flow-names.ts';
import type { FlowRecord } from '../flows/flow-record.ts';
import type { Anomaly } from './anomaly.ts';
import { learnBaseline, type Familiarity } from './baseline.ts';
import { BoundedMap } from './bounded-map.ts';
import { seconds, toEnd, type Finding } from './finding.ts';
import { endName, isRefused, keyOf, sample } from './flow-words.ts';
import type { SavedHabits, SavedUsual } from './saved-habits.ts';
import { findScans } from './scans.ts';
import { findSurges } from './surges.ts';
import { MEMORY, THRESHOLDS, type Thresholds } from './thresholds.ts';

export interface Detector {
  /** `now`, in milliseconds since 1970: a node whose clock is ahead is not believed. */
  observe(record: FlowRecord, now: number): readonly Anomaly[];
  /** Learns what is usual from what was earlier than all that was observed, and tells nothing. */
  learn(record: FlowRecord): void;
  /** What is usual, to be kept: what was used last comes first. */
  saved(): Iterable<SavedHabits | SavedUsual>;
  /** Before anything is observed: what was usual for an earlier one, and what it told. The last is what was used last. */
  recall(saved: Iterable<SavedHabits | SavedUsual>, told: Iterable<Anomaly>, now: number): void;
  /** How often something was learnt: so much is not kept yet. */
  readonly learnt: number;
  /** How often something was forgotten to make room: with a bounded memory, what is spread thin enough goes unseen. */
  readonly forgotten: number;
}

interface Seen {
  readonly addresses: Set<string>;
  readonly nodes: Set<string>;
}

/** Finds what is out of the ordinary in flows. Bounded in memory, whoever sends what. */
export function createDetector(thresholds: Thresholds = THRESHOLDS): Detector {
  const baseline = learnBaseline(thresholds);
  const scans = findScans(thresholds);
  const surges = findSurges(thresholds);
  const sources = new BoundedMap<Seen>(MEMORY.sources);
  const told = new BoundedMap<number>(MEMORY.told);

  function remember({ source, node }: FlowRecord): Seen {
    const seen = sources.at(endName(source), () => ({ addresses: new Set(), nodes: new Set() }));
    if (seen.addresses.size < MEMORY.addresses) seen.addresses.add(source.address);
    if (seen.nodes.size < MEMORY.addresses) seen.nodes.add(node);
    return seen;
  }

  /** The same was told a while ago. */
  function isTold({ kind, about }: Finding, source: string, at: number): boolean {
    const key = keyOf(kind, source, about);
    const last = told.get(key);
    if (last !== undefined && Math.abs(at - last) < thresholds.quiet) return true;
    told.set(key, at);
    return false;
  }

  return {
    observe: (record, now) => {
      const at = Math.min(record.last, now);
      // A balancer speaks for clients whose own node has judged them, and told of them.
      if (record.source.kind === 'balancer') return [];
      const seen = remember(record);
      const familiarity = baseline.observe(record, at);
      const suspicious = isRefused(record) || familiarity === 'new';
      const scanned = scans.observe(record, at, suspicious);
      const found = [
        ...scanned,
        ...surges.observe(record, at),
        // Of a scan each step is new: one word is enough.
        ...(scanned.length > 0 ? [] : newPeer(record, at, familiarity, thresholds)),
      ];
      const source = { ...toEnd(record.source), addresses: [...seen.addresses] };
      return found
        .filter((finding) => !isTold(finding, source.name, at))
        .map(({ kind, summary, destination, evidence }) => ({
          ...{ kind, at, summary, source },
          ...(destination && { destination }),
          ...{ nodes: [...seen.nodes], evidence },
        }));
    },
    learn: baseline.learn,
    saved: function* () {
      yield* baseline.saved();
      yield* surges.saved();
    },
    recall: (saved, toldBefore, now) => {
      for (const one of saved)
        if ('service' in one) baseline.recall(one, now);
        else surges.recall(one);
      for (const { kind, source, destination, at } of toldBefore)
        told.set(keyOf(kind, source.name, destination?.name ?? ''), at);
    },
    get learnt() {
      return baseline.learnt;
    },
    get forgotten() {
      return baseline.forgotten + scans.forgotten + surges.forgotten + sources.forgotten + told.forgotten;
    },
  };
}

function newPeer(
  record: FlowRecord,
  at: number,
  familiarity: Familiarity,
  { learning }: Thresholds,
): readonly Finding[] {
  if (familiarity !== 'new') return [];
  const [source, destination] = [endName(record.source), endName(record.destination)];
  return [
    {
      kind: 'new-peer',
      about: destination,
      summary: `${source} ${isRefused(record) ? 'tried' : 'reached'} ${destination} at ${portName(record)}, which it never did before`,
      destination: toEnd(record.destination),
      evidence: {
        ...{ count: 1, threshold: 1, unit: 'flows', windowSeconds: seconds(learning) },
        ...{ first: record.first, last: at, samples: [sample(record)] },
      },
    },
  ];
}
