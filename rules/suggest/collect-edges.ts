import type { FlowEnd, FlowRecord } from '../flows/flow-record.ts';
import { type EdgeEnd, endKey, MAX_MINUTES, type ObservedEdge } from './observed-edge.ts';

export interface CollectedEdges {
  readonly edges: readonly ObservedEdge[];
  readonly records: number;
  /** Milliseconds since 1970; absent: no record. */
  readonly first?: number;
  readonly last?: number;
  /** Records left out, as there were more pairs than are kept. */
  readonly beyond: number;
  /** Keys of ends (see `endKey`) with more pairs than are kept of one. */
  readonly sprawling: ReadonlySet<string>;
}

export interface EdgeCollector {
  add(record: FlowRecord): void;
  edges(): CollectedEdges;
}

/** Bounds of memory: some 100 MB at the worst. */
export interface EdgeBounds {
  readonly edges: number;
  /** Of one source: no service has so many peers, a scan of all ports soon has. */
  readonly ofOneSource: number;
}

const BOUNDS: EdgeBounds = { edges: 200_000, ofOneSource: 5_000 };

const MINUTE = 60_000;

interface Sums {
  connections: number;
  packets: number;
  bytes: number;
}

/** Milliseconds since 1970. */
interface Span {
  first: number;
  last: number;
}

const NEVER: Readonly<Span> = { first: Infinity, last: -Infinity };

type Side = Sums & { readonly minutes: Map<number, number> };

const NONE: Readonly<Side> = { connections: 0, packets: 0, bytes: 0, minutes: new Map() };

interface Growing {
  readonly source: EdgeEnd;
  readonly destination: EdgeEnd;
  readonly protocol: string;
  readonly port?: number;
  /** By direction: both nodes of a connection have a record of it. */
  readonly seen: Map<FlowRecord['direction'], Side>;
  allowed: boolean;
  denied: number;
  readonly passed: Span;
  readonly refused: Span;
  readonly nodes: Set<string>;
}

/** Sums up records in any order, in bounded memory. */
export function createEdgeCollector(bounds: EdgeBounds = BOUNDS): EdgeCollector {
  const edges = new Map<string, Growing>();
  const perSource = new Map<string, number>();
  const sprawling = new Set<string>();
  let [records, beyond, first, last] = [0, 0, Infinity, 0];
  const open = (record: FlowRecord, source: EdgeEnd, destination: EdgeEnd): Growing | undefined => {
    const from = endKey(source);
    const key = JSON.stringify([from, endKey(destination), record.protocol, record.port]);
    const known = edges.get(key);
    if (known) return known;
    const count = perSource.get(from) ?? 0;
    if (count >= bounds.ofOneSource) sprawling.add(from);
    if (count >= bounds.ofOneSource || edges.size >= bounds.edges) return undefined;
    perSource.set(from, count + 1);
    const made: Growing = {
      ...{ source, destination, protocol: record.protocol },
      ...(record.port === undefined ? {} : { port: record.port }),
      ...{
        seen: new Map(),
        allowed: false,
        denied: 0,
        passed: { ...NEVER },
        refused: { ...NEVER },
        nodes: new Set<string>(),
      },
    };
    edges.set(key, made);
    return made;
  };
  return {
    add(record) {
      const [source, destination] = [edgeEnd(record.source), edgeEnd(record.destination)];
      // A balancer hides its client, whose own node has told of it; of nobody's address nothing can be said.
      if (source === undefined || destination === undefined) return;
      records++;
      first = Math.min(first, record.first);
      last = Math.max(last, record.last);
      const edge = open(record, source, destination);
      if (edge === undefined) beyond++;
      else grow(edge, record);
    },
    edges: () => ({
      edges: [...edges.values()].map(settle),
      ...{ records, beyond, sprawling },
      ...(records > 0 && { first, last }),
    }),
  };
}

function edgeEnd({ kind, service, address }: FlowEnd): EdgeEnd | undefined {
  if (kind === 'world' || kind === 'node') return { kind, address };
  return service !== undefined && kind !== 'balancer' ? { kind: 'service', service } : undefined;
}

function grow(edge: Growing, record: FlowRecord): void {
  edge.nodes.add(record.node);
  const isRefused = record.verdict === 'denied' || record.verdict === 'limited';
  const span = isRefused ? edge.refused : edge.passed;
  span.first = Math.min(span.first, record.first);
  span.last = Math.max(span.last, record.last);
  if (isRefused) {
    edge.denied += record.packets;
    return;
  }
  if (record.verdict === 'allowed') edge.allowed = true;
  const sums: Side = edge.seen.get(record.direction) ?? { ...NONE, minutes: new Map() };
  edge.seen.set(record.direction, sums);
  sums.connections += record.connections;
  sums.packets += record.packets;
  sums.bytes += record.bytes;
  const minute = Math.floor(record.first / MINUTE);
  const { minutes } = sums;
  if (record.connections > 0 && (minutes.has(minute) || minutes.size < MAX_MINUTES))
    minutes.set(minute, (minutes.get(minute) ?? 0) + record.connections);
}

/** Each connection once: those that stayed on a node, and of those between nodes what the end that saw more of them counted. */
function settle({ seen, nodes, passed, refused, ...edge }: Growing): ObservedEdge {
  const [egress = NONE, ingress = NONE, local = NONE] = (['egress', 'ingress', 'local'] as const).map(
    (side) => seen.get(side),
  );
  const between = ingress.connections > egress.connections ? ingress : egress;
  return {
    ...edge,
    ...(passed.last > 0 ? passed : refused),
    connections: between.connections + local.connections,
    packets: Math.max(egress.packets, ingress.packets) + local.packets,
    bytes: Math.max(egress.bytes, ingress.bytes) + local.bytes,
    minutes: added(between.minutes, local.minutes),
    nodes: [...nodes].sort(),
  };
}

function added(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const sums = new Map(a);
  for (const [minute, count] of b)
    if (sums.has(minute) || sums.size < MAX_MINUTES) sums.set(minute, (sums.get(minute) ?? 0) + count);
  return sums;
}
