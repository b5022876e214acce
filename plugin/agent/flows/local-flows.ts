import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import { flowFilter } from '../../../rules/flows/match-flow.ts';
import { readParameters } from '../../api/flow-query.ts';
import type { Streams } from '../../api/local-server.ts';
import { LIMITS } from '../../config.ts';
import { createFlowQueue } from './flow-queue.ts';
import type { Flows } from './index.ts';

/** `GET /v1/flows` on agent.sock: this node's records, and with `follow=1` those to come; a line `{notice, count}` tells what was too fast. */
export function localFlows(flows: Flows): Streams[`/v1/${string}`] {
  return (asked, signal) => {
    const { query, follow } = readParameters(asked);
    const past = flows.history({ limit: LIMITS.flowsDefault, ...query });
    return Promise.resolve(follow ? pastAndNext(flows, past, flowFilter(query), signal) : past);
  };
}

async function* pastAndNext(
  flows: Flows,
  past: AsyncIterable<FlowRecord>,
  wanted: (record: FlowRecord) => boolean,
  signal: AbortSignal,
): AsyncIterable<object> {
  yield* past;
  const queue = createFlowQueue(LIMITS.flowsUnread);
  let told = 0;
  let wake: () => void = () => undefined;
  const unsubscribe = flows.subscribe((records) => {
    queue.add(records.filter(wanted));
    wake();
  });
  const end = (): void => {
    wake();
  };
  signal.addEventListener('abort', end);
  try {
    while (!signal.aborted) {
      if (queue.dropped > told) yield { notice: 'lost', count: queue.dropped - told };
      told = queue.dropped;
      yield* queue.take();
      if (queue.length > 0) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal.aborted) resolve();
      });
    }
  } finally {
    signal.removeEventListener('abort', end);
    unsubscribe();
  }
}
