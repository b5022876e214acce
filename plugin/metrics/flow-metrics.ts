import type { FlowLosses } from '../../rules/flows/flow-losses.ts';
import type { FlowEnd, FlowRecord } from '../../rules/flows/flow-record.ts';
import type { Metrics } from './registry.ts';

/** Pairs of services and verdicts, and policies and verdicts, that are told apart. */
const MOST_PAIRS = 1_000;
const MOST_POLICIES = 500;

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
  const byPolicy = metrics.counter(
    'swarmwall_policy_verdicts_total',
    'The same, by the policy that decided and its mode.',
    ['policy', 'verdict', 'mode'],
  );
  const policies = metrics.bound('swarmwall_policy_verdicts_total', MOST_POLICIES);
  const packets = metrics.counter('swarmwall_flow_packets_total', 'Packets of flows.', [
    'verdict',
    'direction',
  ]);
  const bytes = metrics.counter('swarmwall_flow_bytes_total', 'Bytes of flows.', ['verdict', 'direction']);
  const staged = metrics.counter(
    'swarmwall_staged_verdicts_total',
    'Flows by their verdict and by what the staged policy would have said.',
    ['verdict', 'staged'],
  );

  function count(record: FlowRecord): void {
    const { verdict, direction, mode } = record;
    const times = Math.max(1, record.connections);
    const [source = '', destination = ''] = pairs.values(
      endLabel(record.source),
      endLabel(record.destination),
      verdict,
      direction,
    );
    flows.inc({ source, destination, verdict, direction }, times);
    const [policy = ''] = policies.values(record.reason?.policy ?? '');
    byPolicy.inc({ policy, verdict, mode }, times);
    packets.inc({ verdict, direction }, record.packets);
    bytes.inc({ verdict, direction }, record.bytes);
    if (record.staged !== undefined) staged.inc({ verdict, staged: record.staged }, times);
  }

  return (records) => {
    for (const record of records) count(record);
  };
}

/** The service's name, else what it is: `world`, `container`, `unknown`. */
function endLabel({ service, kind }: FlowEnd): string {
  return service ?? kind;
}
