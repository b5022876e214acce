import { benchForwarding, type ForwardingReport } from './forwarding.ts';
import { loadNode, type LoadReport, type NodeLoadReport } from './load-node.ts';

export interface FlowsReport extends ForwardingReport, Omit<NodeLoadReport, 'loads'> {
  /** `flows: sent`, `flows: lost, crowded`, … of each load. */
  readonly [what: `${string}: ${string}`]: number;
}

export interface FlowsEffort {
  readonly perSecond: number;
  readonly seconds: number;
  readonly rounds: number;
}

export const FULL_FLOWS: FlowsEffort = { perSecond: 20_000, seconds: 30, rounds: 15 };
export const QUICK_FLOWS: FlowsEffort = { perSecond: 20_000, seconds: 5, rounds: 5 };
/** MiB, of the agent. */
const MOST_MEMORY = 200;
/** To connect while flows are logged, to the same while they are not. */
const MOST_RATIO = 1.2;

export interface FlowsOutcome {
  readonly report: FlowsReport;
  readonly held: boolean;
}

/** What many new flows cost: forwarding on a bridge, then a real agent on a real node, which has to account for each of them. */
export async function benchFlows(
  { perSecond, seconds, rounds }: FlowsEffort,
  progress: (what: string) => void,
): Promise<FlowsOutcome> {
  const forwarding = await benchForwarding({ rounds, perSecond }, progress);
  const { loads, ...node } = await loadNode({ perSecond, seconds }, progress);
  const rows = Object.entries(loads).flatMap(([name, load]) => rowsOf(name, load));
  const accounted = Object.values(loads).every(
    ({ sent, judged, unaccounted, unaccountedEnds }) =>
      sent === judged && unaccounted === 0 && unaccountedEnds === 0,
  );
  const passed = [loads['connections'], loads['flows']].every((load) => load?.arrived === load?.sent);
  return {
    report: { ...forwarding, ...node, ...Object.fromEntries(rows) },
    held: accounted && passed && node.agentPeak < MOST_MEMORY && forwarding.connectRatio <= MOST_RATIO,
  };
}

function rowsOf(name: string, { lost, ...counts }: LoadReport): readonly (readonly [string, number])[] {
  return [
    ...Object.entries(counts).map(([what, count]) => [`${name}: ${what}`, count] as const),
    ...Object.entries(lost)
      .filter(([, count]) => count > 0)
      .map(([why, count]) => [`${name}: lost, ${why}`, count] as const),
  ];
}
