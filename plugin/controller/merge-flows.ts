import type { FlowLine, FlowNotice } from '../api/types.ts';
import { flowKey } from '../../rules/flows/flow-key.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';

/** The newest `limit` of several lists, each record once, in the order of time; notices first. */
export function mergeFlows(
  lists: readonly (readonly FlowRecord[])[],
  limit: number,
  notices: readonly FlowNotice[],
): readonly FlowLine[] {
  const known = new Set<string>();
  const merged = lists.flat().filter((flow) => {
    const key = flowKey(flow);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
  merged.sort((a, b) => a.last - b.last || a.first - b.first);
  return [...notices, ...merged.slice(Math.max(0, merged.length - limit))];
}
