import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { Metrics } from './registry.ts';

/** Policies and verdicts that are told apart. */
const MOST_POLICIES = 500;

/** Counts what policies decide, where flows are explained: in a controller, for the whole cluster. */
export function countPolicies(metrics: Metrics): (records: readonly FlowRecord[]) => void {
  const verdicts = metrics.counter(
    'swarmwall_policy_verdicts_total',
    'Connections (else records of flows) of the whole cluster, by the policy that decided, verdict and mode.',
    ['policy', 'verdict', 'mode'],
  );
  const policies = metrics.bound('swarmwall_policy_verdicts_total', MOST_POLICIES);
  const staged = metrics.counter(
    'swarmwall_staged_verdicts_total',
    'Connections (else records of flows) by their verdict, and by that of what is staged.',
    ['verdict', 'staged'],
  );
  return (records) => {
    for (const { reason, verdict, staged: other, mode, connections } of records) {
      const [policy = ''] = policies.values(reason?.policy ?? '');
      const times = Math.max(1, connections);
      verdicts.inc({ policy, verdict, mode }, times);
      if (other !== undefined) staged.inc({ verdict, staged: other }, times);
    }
  };
}
