import type { FlowEnd, FlowReason, FlowRecord, FlowVerdict } from './flow-record.ts';
import { endName } from './flow-names.ts';

/** All flows between the same two ends with the same verdict. */
export interface FlowTotal {
  readonly verdict: FlowVerdict;
  readonly staged?: FlowVerdict;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port?: number;
  /** What both nodes of a connection saw counts once. */
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  readonly nodes: readonly string[];
  /** The newest. */
  readonly reason?: FlowReason;
}

interface Counts {
  connections: number;
  packets: number;
  bytes: number;
}

interface Sum {
  readonly sample: FlowRecord;
  /** By the node of the source, and by the destination's: either may have seen less. */
  readonly sent: Counts;
  readonly received: Counts;
  readonly nodes: Set<string>;
  first: number;
  last: number;
  reason: FlowReason | undefined;
}

/** What needs looking at comes first, then the busiest. */
const ORDER: Readonly<Record<FlowVerdict, number>> = { denied: 0, 'would-deny': 1, limited: 2, allowed: 3 };

export function summariseFlows(flows: Iterable<FlowRecord>): readonly FlowTotal[] {
  const sums = new Map<string, Sum>();
  for (const flow of flows) {
    const key = keyOf(flow);
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = begin(flow)));
    add(sum, flow);
  }
  return [...sums.values()]
    .map(toTotal)
    .sort(
      (a, b) => ORDER[a.verdict] - ORDER[b.verdict] || b.connections - a.connections || b.packets - a.packets,
    );
}

/** The world's addresses are too many to tell apart. */
function placeOf(end: FlowEnd): string {
  return end.kind === 'world' ? 'world' : endName(end);
}

function keyOf({ verdict, staged, source, destination, protocol, port }: FlowRecord): string {
  return JSON.stringify([verdict, staged, placeOf(source), placeOf(destination), protocol, port]);
}

function begin(sample: FlowRecord): Sum {
  const none = (): Counts => ({ connections: 0, packets: 0, bytes: 0 });
  return {
    sample,
    sent: none(),
    received: none(),
    nodes: new Set(),
    first: sample.first,
    last: sample.last,
    reason: undefined,
  };
}

function add(sum: Sum, flow: FlowRecord): void {
  const counts = flow.direction === 'ingress' ? sum.received : sum.sent;
  counts.connections += flow.connections;
  counts.packets += flow.packets;
  counts.bytes += flow.bytes;
  sum.nodes.add(flow.node);
  if (flow.reason !== undefined && (sum.reason === undefined || flow.last >= sum.last))
    sum.reason = flow.reason;
  sum.first = Math.min(sum.first, flow.first);
  sum.last = Math.max(sum.last, flow.last);
}

function toTotal({ sample, sent, received, nodes, first, last, reason }: Sum): FlowTotal {
  const { verdict, staged, source, destination, protocol, port } = sample;
  return {
    verdict,
    ...(staged !== undefined && { staged }),
    from: placeOf(source),
    to: placeOf(destination),
    protocol,
    ...(port !== undefined && { port }),
    connections: Math.max(sent.connections, received.connections),
    packets: Math.max(sent.packets, received.packets),
    bytes: Math.max(sent.bytes, received.bytes),
    first,
    last,
    nodes: [...nodes].sort(),
    ...(reason !== undefined && { reason }),
  };
}
