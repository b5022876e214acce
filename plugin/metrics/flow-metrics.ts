import type { FlowLosses } from '../../rules/flows/flow-losses.ts';
import type { FlowEnd, FlowRecord } from '../../rules/flows/flow-record.ts';
import type { Metrics } from './registry.ts';

/** Pairs of services and verdicts that are told apart. */
const MOST_PAIRS = 1_000;

/** Counts flows and what was lost of them. Addresses are no labels: there are too many, and strangers choose them. */
export function countFlows(
  metrics: Metrics,
  losses: () => FlowLosses,
): (records: readonly FlowRecord[]) => void {
  metrics.readRows(
    'counter',
    'swarmwall_flow_records_lost_total',
    'Packets with a verdict that are in no record, and records that the log could not take, by why.',
    ['why'],
    () => Object.entries({ ...losses() }).map(([why, count]) => [{ why }, count]),
  );
  const flows = metrics.counter(
    'swarmwall_flows_total',
    'Connections (else records of flows) judged on this node, by services and verdict.',
    ['source', 'destination', 'verdict', 'direction'],
  );
  const pairs = metrics.bound('swarmwall_flows_total', MOST_PAIRS);
  const packets = metrics.counter('swarmwall_flow_packets_total', 'Packets of flows.', [
    'verdict',
    'direction',
  ]);
  const bytes = metrics.counter('swarmwall_flow_bytes_total', 'Bytes of flows.', ['verdict', 'direction']);

  function count(record: FlowRecord): void {
    const { verdict, direction } = record;
    const times = Math.max(1, record.connections);
    const [source = '', destination = ''] = pairs.values(
      endLabel(record.source),
      endLabel(record.destination),
      verdict,
      direction,
    );
    flows.inc({ source, destination, verdict, direction }, times);
    packets.inc({ verdict, direction }, record.packets);
    bytes.inc({ verdict, direction }, record.bytes);
  }

  return (records) => {
    for (const record of records) count(record);
  };
}

/** The service's name, else what it is: `world`, `container`, `unknown`. */
function endLabel({ service, kind }: FlowEnd): string {
  return service ?? kind;
}
