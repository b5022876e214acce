import type { NodeLosses } from '../controller/flow-losses.ts';
import type { Metrics } from './registry.ts';

/** What of each node's flows was lost, there or on the way to this manager; nothing of nodes that lost nothing. */
export function countNodeLosses(metrics: Metrics, losses: () => ReadonlyMap<string, NodeLosses>): void {
  metrics.readRows(
    'counter',
    'swarmwall_node_flow_records_lost_total',
    'What is in no record, or in none that reached this manager, by node and by why, since its agent began.',
    ['node', 'why'],
    () =>
      [...losses()].flatMap(([node, each]) =>
        Object.entries({ ...each })
          .filter(([, count]) => count > 0)
          .map(([why, count]) => [{ node, why }, count] as const),
      ),
  );
}
