import type { EvaluatorInput } from '../evaluator.ts';
import type { FlowEnd } from '../flows/flow-record.ts';
import { createFlowJudge } from '../flows/judge-flow.ts';
import type { EdgeEnd, ObservedEdge } from './observed-edge.ts';

/**
 * Whether what was seen may have passed by a DNS name that its source may reach: it was allowed, and no block of addresses
 * allows it. Which name it was only the node knew.
 */
export function mayBeByName(cluster: EvaluatorInput): (edge: ObservedEdge) => boolean {
  const judge = createFlowJudge(cluster);
  return ({ source, destination, protocol, port, allowed }) => {
    if (!allowed || destination.kind !== 'world') return false;
    const flow = { source: flowEnd(source), destination: flowEnd(destination), protocol };
    return (judge(port === undefined ? flow : { ...flow, port })?.names.length ?? 0) > 0;
  };
}

function flowEnd(end: EdgeEnd): FlowEnd {
  return end.kind === 'service' ? { ...end, address: '' } : end;
}
