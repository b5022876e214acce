import { LIMITS } from '../config.ts';
import type { ClusterPicture } from '../controller/cluster-view.ts';
import { type FlowHub, pastAndLive } from '../controller/flow-hub.ts';
import { mapCluster } from './live-cluster.ts';
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

/** Of the controller's own: the picture of the cluster, and the flows of all nodes. */
export function mapSource(picture: () => ClusterPicture | undefined, hub: FlowHub): MapSource {
  return {
    cluster: mapCluster(picture),
    async *flows(since, signal) {
      const live = hub.follow({}, signal);
      for await (const line of pastAndLive(hub.past({ since, limit: LIMITS.flowsRecent }), live))
        if (!('notice' in line)) yield line;
    },
  };
}
