import type { ExplainFlow } from '../flows/explain-flow.ts';
import type { FlowRecord } from '../flows/flow-record.ts';
import { type FlowTotal, summariseFlows } from '../flows/summarise-flows.ts';
import type { CompareVerdicts } from './compare-verdicts.ts';

/** What a staged policy does to the flows that were seen: of each pair, verdict and staged verdict with the rule that would decide. */
export interface SeenEffects {
  readonly breaks: readonly FlowTotal[];
  readonly opens: readonly FlowTotal[];
  /** How many different flows were looked at, and how many of them one of the policies has no word on. */
  readonly judged: number;
  readonly unjudged: number;
}

/** `explain`: of the cluster with the staged policy. */
export function judgeSeen(
  flows: Iterable<FlowRecord>,
  compare: CompareVerdicts,
  explain: ExplainFlow,
): SeenEffects {
  const breaks: FlowRecord[] = [];
  const opens: FlowRecord[] = [];
  let [judged, unjudged] = [0, 0];
  for (const flow of flows) {
    judged += 1;
    const found = compare(flow);
    if (found === undefined) unjudged += 1;
    if (found?.effect !== 'breaks' && found?.effect !== 'opens') continue;
    const reason = explain({ ...flow, verdict: found.then });
    const told = { ...flow, verdict: found.now, staged: found.then, ...(reason !== undefined && { reason }) };
    (found.effect === 'breaks' ? breaks : opens).push(told);
  }
  return { breaks: newestFirst(breaks), opens: newestFirst(opens), judged, unjudged };
}

function newestFirst(flows: readonly FlowRecord[]): readonly FlowTotal[] {
  return [...summariseFlows(flows)].sort((a, b) => b.last - a.last);
}
