import { ANOMALY_KINDS, type Anomaly } from '../../../rules/anomalies/anomaly.ts';
import { createDetector } from '../../../rules/anomalies/detect.ts';
import { findSilentNodes, type NodePresence } from '../../../rules/anomalies/silent-nodes.ts';
import { THRESHOLDS, type Thresholds } from '../../../rules/anomalies/thresholds.ts';
import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../../process/clock.ts';
import { createAnomalyFeed, type AnomalyFeed } from './anomaly-feed.ts';
import type { AnomalyMemory, AnomalyMemoryFile } from './anomaly-memory.ts';
import { keepAnomalies } from './keep-anomalies.ts';
import { learnPast, type LearnPastOptions } from './learn-past.ts';
import { openWebhook, type Webhook } from './webhook.ts';

export interface AnomalyWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly nodes: () => readonly NodePresence[];
  /** Several managers see the same: the leader alone calls the webhook. */
  readonly speaks: () => boolean;
  /** Absent: nobody is called. */
  readonly webhook?: { readonly url: string; readonly secret: string | undefined };
  readonly thresholds?: Thresholds;
  /** Absent: nothing is kept. */
  readonly file?: AnomalyMemoryFile;
  /** What was in it. */
  readonly memory?: AnomalyMemory | undefined;
  readonly past?: LearnPastOptions['past'];
}

export interface AnomalyWatch extends Pick<AnomalyFeed, 'recent' | 'lines'> {
  flows(records: readonly FlowRecord[]): void;
  readonly waiting: number;
  stop(): Promise<void>;
}

/** The verdict log's own, unless its settings say otherwise. */
const PAST = 7 * 86_400_000;
const NODES_EVERY = 1_000;

/** Tells of what is out of the ordinary: in the log, in metrics, to a webhook. */
export function watchAnomalies(options: AnomalyWatchOptions): AnomalyWatch {
  const { clock, log, metrics, thresholds = THRESHOLDS, file, memory, past, nodes } = options;
  const detector = createDetector(thresholds);
  const silent = findSilentNodes(thresholds);
  const feed = createAnomalyFeed(memory?.told ?? []);
  let count = 0;
  const told = metrics.counter('swarmwall_anomalies_total', 'What was out of the ordinary, by kind.', [
    'kind',
  ]);
  const delivered = metrics.counter('swarmwall_webhook_deliveries_total', 'Events for the webhook.', [
    'result',
  ]);
  metrics.readRows(
    'counter',
    'swarmwall_anomaly_state_forgotten_total',
    'Times that something was forgotten to make room: what is spread thin enough goes unseen.',
    [],
    () => [[{}, detector.forgotten]],
  );
  // A counter that begins with 1 has never risen, to Prometheus.
  for (const kind of ANOMALY_KINDS) told.inc({ kind }, 0);
  for (const result of ['delivered', 'failed']) delivered.inc({ result }, 0);
  const webhook = open();
  let cancel = clock.after(NODES_EVERY, lookAtNodes);
  detector.recall(memory?.saved.toReversed() ?? [], feed.recent(), clock.now());
  // What was new while a controller restarted is to be told; after longer it would be told of everything.
  const known = memory?.at ?? 0;
  let learning = past !== undefined && clock.now() - known > thresholds.learning;
  const endLearning =
    past && learning
      ? learnPast({
          ...{ clock, log, nodes, past, learn: detector.learn },
          since: Math.max(known, clock.now() - PAST),
          onLearnt: () => {
            learning = false;
          },
        })
      : undefined;
  const keep =
    file &&
    keepAnomalies({
      ...{ file, clock, log },
      // Whoever ends before it has learnt of the past leaves that to the next one.
      memory: () => ({ at: learning ? known : clock.now(), saved: detector.saved(), told: feed.recent() }),
      changes: () => detector.learnt + count,
    });

  function open(): Webhook | undefined {
    const { webhook: wanted } = options;
    if (wanted === undefined) return undefined;
    try {
      return openWebhook({
        ...{ ...wanted, clock, log },
        onDelivered: () => {
          delivered.inc({ result: 'delivered' });
        },
        onFailed: () => {
          delivered.inc({ result: 'failed' });
        },
      });
    } catch (error) {
      log.error({ err: error }, 'no webhook is called');
      return undefined;
    }
  }

  function tell(anomaly: Anomaly): void {
    told.inc({ kind: anomaly.kind });
    count += 1;
    feed.tell(anomaly);
    log.warn({ anomaly }, anomaly.summary);
    if (options.speaks()) webhook?.push(anomaly);
  }

  function lookAtNodes(): void {
    for (const anomaly of silent.observe(nodes(), clock.elapsed(), clock.now())) tell(anomaly);
    cancel = clock.after(NODES_EVERY, lookAtNodes);
  }

  return {
    flows: (records) => {
      const now = clock.now();
      for (const record of records) for (const anomaly of detector.observe(record, now)) tell(anomaly);
    },
    recent: feed.recent,
    lines: feed.lines,
    get waiting() {
      return webhook?.waiting ?? 0;
    },
    stop: async () => {
      cancel();
      endLearning?.();
      webhook?.stop();
      await keep?.();
    },
  };
}
