import { LIMITS, TIMES } from '../../config.ts';
import { asFault } from '../../fault.ts';
import type { Clock } from '../../process/clock.ts';
import { FLOW_BATCHES_AHEAD, type AgentMessage, type FlowCall } from '../../protocol.ts';
import { chunksOf } from './flow-chunks.ts';
import { createFlowQueue, type FlowQueue } from './flow-queue.ts';
import type { Flows } from './index.ts';

/** A manager that is connected. */
export interface FlowLink {
  send(message: AgentMessage): void;
}

export interface FlowUplink {
  up(link: FlowLink): void;
  down(link: FlowLink): void;
  /** What a manager calls for. */
  take(link: FlowLink, call: FlowCall): void;
  stop(): void;
}

interface Uplink {
  readonly queue: FlowQueue;
  sent: number;
  taken: number;
  /** Of a batch that waits for its time. */
  cancel: (() => void) | undefined;
}

/** Looked up at a time for one manager. */
const QUESTIONS = 4;

/** Brings flows to every manager, each at the speed at which it takes them, and answers what they ask of the past. */
export function createFlowUplink(flows: Flows, clock: Clock): FlowUplink {
  const uplinks = new Map<FlowLink, Uplink>();
  const asked = new Map<FlowLink, number>();

  const unsubscribe = flows.subscribe((records) => {
    for (const [link, uplink] of uplinks) {
      uplink.queue.add(records);
      schedule(link, uplink);
    }
  });

  function schedule(link: FlowLink, uplink: Uplink): void {
    if (uplink.cancel !== undefined || uplink.queue.length === 0) return;
    if (uplink.sent - uplink.taken >= FLOW_BATCHES_AHEAD) return;
    uplink.cancel = clock.after(TIMES.flowBatch, () => {
      uplink.cancel = undefined;
      uplink.sent += 1;
      link.send({
        type: 'flows',
        batch: uplink.sent,
        flows: uplink.queue.take(),
        dropped: uplink.queue.dropped,
        losses: flows.losses(),
      });
      schedule(link, uplink);
    });
  }

  async function answer(link: FlowLink, call: Extract<FlowCall, { type: 'flow-query' }>): Promise<void> {
    const { id, query } = call;
    const say = (part: Pick<Extract<AgentMessage, { type: 'flow-history' }>, 'flows' | 'done' | 'error'>) => {
      if (uplinks.has(link)) link.send({ type: 'flow-history', id, ...part });
    };
    const busy = asked.get(link) ?? 0;
    if (busy >= QUESTIONS) {
      say({ flows: [], done: true, error: 'it is asked too much at once' });
      return;
    }
    asked.set(link, busy + 1);
    const end = clock.elapsed() + TIMES.flowHistory;
    const late = (): boolean => !uplinks.has(link) || clock.elapsed() > end;
    try {
      for await (const chunk of chunksOf(flows.history(query))) {
        say({ flows: chunk, done: false });
        if (!late()) continue;
        say({ flows: [], done: true, error: 'its log is too long to be looked through in time' });
        return;
      }
      say({ flows: [], done: true });
    } catch (error) {
      say({ flows: [], done: true, error: asFault(error).message.slice(0, 1_000) });
    } finally {
      asked.set(link, (asked.get(link) ?? 1) - 1);
    }
  }

  return {
    up: (link) => {
      uplinks.set(link, { queue: createFlowQueue(LIMITS.flowQueue), sent: 0, taken: 0, cancel: undefined });
      asked.delete(link);
    },
    down: (link) => {
      uplinks.get(link)?.cancel?.();
      uplinks.delete(link);
    },
    take: (link, call) => {
      const uplink = uplinks.get(link);
      if (uplink === undefined) return;
      if (call.type === 'flow-query') {
        void answer(link, call);
        return;
      }
      uplink.taken = Math.min(uplink.sent, Math.max(uplink.taken, call.batch));
      schedule(link, uplink);
    },
    stop: () => {
      unsubscribe();
      for (const { cancel } of uplinks.values()) cancel?.();
      uplinks.clear();
    },
  };
}
