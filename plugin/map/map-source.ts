import type { ServiceKey } from '../../compose-ext/policy-model.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { MapCluster } from '../../rules/map/policy-arrows.ts';

export interface LiveCluster extends MapCluster {
  /** Hostname of each node with a task of the service. */
  readonly nodesOf: ReadonlyMap<ServiceKey, readonly string[]>;
}

/** What the map shows. */
export interface MapSource {
  /** The same object until something changes; undefined until the cluster is known. */
  cluster(): LiveCluster | undefined;
  /** What nodes still have in their logs, from a time on; then what they see. Ends with the signal. Absent: nobody tells. */
  flows?(since: number, signal: AbortSignal): AsyncIterable<FlowRecord>;
}
