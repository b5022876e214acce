import type { FlowLine, FlowNotice } from '../api/types.ts';
import { LIMITS } from '../config.ts';
import { Fault } from '../fault.ts';
import { flowKey } from '../../rules/flows/flow-key.ts';
import type { FlowQuery, FlowRecord } from '../../rules/flows/flow-record.ts';
import { flowFilter } from '../../rules/flows/match-flow.ts';
import { createFlowFollower, type FlowFollower } from './flow-follower.ts';
import { mergeFlows } from './merge-flows.ts';

/** The past as one node tells it. */
export interface NodePast {
  readonly node: string;
  readonly flows: readonly FlowRecord[];
  readonly error?: string;
}

export interface FlowHubOptions {
  /** Asks every node's verdict log; a node that does not answer is in it with its error. */
  readonly askNodes: (query: FlowQuery) => Promise<readonly NodePast[]>;
  /** What nodes have lost so far, for who asks of the past. */
  readonly losses: () => readonly FlowNotice[];
}

export interface FlowHub {
  /** As seen now, by any node. */
  add(flows: readonly FlowRecord[]): void;
  /** What will never be in `add`. */
  notice(notice: FlowNotice): void;
  /** Every record as it comes, for counters and detectors. Returns how to end it. */
  subscribe(take: (flows: readonly FlowRecord[]) => void): () => void;
  /** Of the last few of all nodes, those in memory: oldest first. */
  recent(query: FlowQuery): readonly FlowRecord[];
  /** Until it is returned from, or the signal aborts. @throws Fault `too-many` */
  follow(query: FlowQuery, signal?: AbortSignal): AsyncIterable<FlowLine>;
  /** From the nodes' logs and memory, oldest first, with a notice for what is missing. @throws Fault `too-many` */
  past(query: FlowQuery): Promise<readonly FlowLine[]>;
}

/** Flows of the whole cluster, as every agent reports to every manager. */
export function createFlowHub({ askNodes, losses }: FlowHubOptions): FlowHub {
  let kept: FlowRecord[] = [];
  let questions = 0;
  const followers = new Set<FlowFollower>();
  const takers = new Set<(flows: readonly FlowRecord[]) => void>();

  function recent(query: FlowQuery): readonly FlowRecord[] {
    const holds = flowFilter(query);
    const found = kept.slice(-LIMITS.flowsRecent).filter(holds);
    return query.limit === undefined ? found : found.slice(Math.max(0, found.length - query.limit));
  }

  return {
    recent,
    add: (flows) => {
      for (const flow of flows) kept.push(flow);
      // Cut now and then: each cut copies all that stays.
      if (kept.length > 2 * LIMITS.flowsRecent) kept = kept.slice(-LIMITS.flowsRecent);
      for (const take of takers) take(flows);
      for (const follower of followers) follower.offer(flows);
    },
    notice: (notice) => {
      for (const follower of followers) follower.tell(notice);
    },
    subscribe: (take) => {
      takers.add(take);
      return () => {
        takers.delete(take);
      };
    },
    follow: (query, signal) => {
      if (followers.size >= LIMITS.flowFollowers)
        throw new Fault('too-many', `${String(followers.size)} follow the flows already`);
      const follower = createFlowFollower(flowFilter(query), LIMITS.flowsUnread, () => {
        followers.delete(follower);
      });
      followers.add(follower);
      if (signal?.aborted === true) follower.end();
      signal?.addEventListener('abort', follower.end, { once: true });
      return follower.lines;
    },
    past: async (query) => {
      if (questions >= LIMITS.flowQuestions)
        throw new Fault('too-many', `${String(questions)} questions about the past are open already`);
      questions += 1;
      try {
        const limit = query.limit ?? LIMITS.flowsDefault;
        const nodes = await askNodes({ ...query, limit });
        return mergeFlows([...nodes.map(({ flows }) => flows), recent({ ...query, limit })], limit, [
          ...losses(),
          ...noticesOf(nodes),
        ]);
      } finally {
        questions -= 1;
      }
    },
  };
}

function noticesOf(nodes: readonly NodePast[]): readonly FlowNotice[] {
  return nodes.flatMap(({ node, flows, error }): FlowNotice[] => {
    if (error === undefined) return [];
    const notice = flows.length > 0 ? 'cut' : 'no-answer';
    return [{ notice, node, message: `the past of ${node} is not all here: ${error}` }];
  });
}

/** The past first, and after it what came meanwhile, each record once. */
export async function* pastAndLive(
  past: Promise<readonly FlowLine[]>,
  live: AsyncIterable<FlowLine>,
): AsyncGenerator<FlowLine> {
  const told = new Set<string>();
  for (const line of await past) {
    if (!('notice' in line)) told.add(flowKey(line));
    yield line;
  }
  for await (const line of live) {
    if (!('notice' in line) && told.size > 0 && told.delete(flowKey(line))) continue;
    yield line;
  }
}
