import { BoundedMap } from '../anomalies/bounded-map.ts';
import type { FlowEnd, FlowRecord } from '../flows/flow-record.ts';

/** Flows that were seen, each once with its counts, whichever policy they are judged by later. */
export interface SeenFlows {
  add(flow: FlowRecord): void;
  /** Sums: a node of the source's side and one of the destination's have one each. */
  all(): Iterable<FlowRecord>;
  /** So many made room for others. */
  readonly forgotten: number;
}

/** Bounds: what passed must not be crowded out by what a scan was denied. */
export interface SeenLimits {
  readonly passed: number;
  readonly denied: number;
}

export function createSeenFlows({ passed, denied }: SeenLimits): SeenFlows {
  const passing = new BoundedMap<FlowRecord>(passed);
  const refused = new BoundedMap<FlowRecord>(denied);
  return {
    add: (flow) => {
      const sums = flow.verdict === 'denied' ? refused : passing;
      const key = keyOf(flow);
      const before = sums.get(key);
      sums.set(key, before === undefined ? withoutWords(flow) : sum(before, flow));
    },
    *all() {
      yield* passing.values();
      yield* refused.values();
    },
    get forgotten() {
      return passing.forgotten + refused.forgotten;
    },
  };
}

function keyOf({ source, destination, protocol, port, verdict, direction }: FlowRecord): string {
  const side = direction === 'ingress' ? 'in' : 'out';
  return JSON.stringify([side, whoIs(source), whoIs(destination), protocol, port, verdict]);
}

/** Tasks of a service are judged alike. */
function whoIs({ kind, service, address }: FlowEnd): readonly [kind: string, name: string] {
  return [kind, service ?? address];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reasons and staged verdicts are of the policies of that moment. */
function withoutWords(flow: FlowRecord): FlowRecord {
  const rest: Writable<FlowRecord> = { ...flow };
  delete rest.reason;
  delete rest.staged;
  return rest;
}

function sum(before: FlowRecord, flow: FlowRecord): FlowRecord {
  return {
    ...before,
    first: Math.min(before.first, flow.first),
    last: Math.max(before.last, flow.last),
    connections: before.connections + flow.connections,
    packets: before.packets + flow.packets,
    bytes: before.bytes + flow.bytes,
  };
}
