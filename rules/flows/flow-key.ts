import type { FlowRecord } from './flow-record.ts';

/** What is the same record, wherever it comes from: a node's log and its live report have it both. */
export function flowKey(flow: FlowRecord): string {
  const { first, last, node, network, direction, source, destination, protocol, port = '', verdict } = flow;
  const ends = `${source.address}>${destination.address}`;
  const counts = `${String(flow.connections)} ${String(flow.packets)}`;
  return `${String(first)} ${String(last)} ${counts} ${direction} ${protocol} ${String(port)} ${verdict} ${ends} ${node} ${network}`;
}
