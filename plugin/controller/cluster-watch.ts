import type { Config } from '../config.ts';
import type { ControllerStatus } from '../api/types.ts';
import type { Log } from '../log.ts';
import { mapSource } from '../map/map-source.ts';
import { startMap, type RunningMap } from '../map/start-map.ts';
import { createControllerMetrics, type ControllerSources } from '../metrics/controller-metrics.ts';
import type { Convergence } from '../metrics/convergence.ts';
import { countNodeLosses } from '../metrics/loss-metrics.ts';
import { countPolicies } from '../metrics/policy-metrics.ts';
import { serveMetrics } from '../metrics/serve-metrics.ts';
import type { Clock } from '../process/clock.ts';
import { anomalyMemoryFile } from './anomalies/anomaly-memory.ts';
import { readAnomalyMemory } from './anomalies/keep-anomalies.ts';
import { watchAnomalies, type AnomalyWatch } from './anomalies/watch-anomalies.ts';
import type { ClusterPicture } from './cluster-view.ts';
import type { FlowHub } from './flow-hub.ts';
import type { LossWatch } from './flow-losses.ts';
import { readThresholds } from '../../rules/anomalies/read-thresholds.ts';
import type { NodePresence } from '../../rules/anomalies/silent-nodes.ts';

export interface ClusterWatchOptions extends Pick<
  ControllerSources,
  'errors' | 'certificates' | 'sendQueueBytes' | 'queues'
> {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly picture: () => ClusterPicture | undefined;
  readonly hub: FlowHub;
  /** Of flows, by hostname. */
  readonly losses: LossWatch['totals'];
  readonly status: () => ControllerStatus;
  readonly nodes: () => readonly NodePresence[];
  /** This manager is the Swarm's leader. */
  readonly leads: () => boolean;
}

/** What looks at the cluster and its flows, and changes nothing: metrics, anomalies, the service map. */
export interface ClusterWatch {
  readonly convergence: Convergence;
  readonly anomalies: Pick<AnomalyWatch, 'lines'>;
  readonly map: Pick<RunningMap, 'status' | 'renew'>;
  stop(): Promise<void>;
}

export async function watchCluster(options: ClusterWatchOptions): Promise<ClusterWatch> {
  const { config, clock, log, picture, hub, status } = options;
  const { metrics, convergence } = createControllerMetrics({
    ...{ version: config.version, clock, status },
    ...{ errors: options.errors, certificates: options.certificates },
    sendQueueBytes: options.sendQueueBytes,
    queues: () => ({ ...options.queues(), webhook: anomalies.waiting }),
  });
  const { thresholds, mistakes } = readThresholds(config.anomalyThresholds ?? '');
  for (const mistake of mistakes) log.error({ setting: 'SWARMWALL_ANOMALY_THRESHOLDS' }, mistake);
  const file = anomalyMemoryFile(config.authzDir);
  const anomalies = watchAnomalies({
    ...{ file, memory: await readAnomalyMemory(file, log), past: hub.past, thresholds },
    ...{ clock, log, metrics, nodes: options.nodes, speaks: options.leads },
    ...(config.webhookUrl === undefined
      ? {}
      : { webhook: { url: config.webhookUrl, secret: config.webhookSecret } }),
  });
  hub.subscribe(anomalies.flows);
  hub.subscribe(countPolicies(metrics));
  countNodeLosses(metrics, () => options.losses);
  const map = await startMap({ config, clock, log, source: mapSource(picture, hub) });
  const served = await serveMetrics({
    ...{ registry: metrics.registry, clock, log },
    ...{ address: config.metricsAddress, port: config.controllerMetricsPort, token: config.metricsToken },
  });

  return {
    convergence,
    anomalies,
    map,
    stop: async () => {
      await Promise.all([anomalies.stop(), map.stop(), served.close()]);
    },
  };
}
