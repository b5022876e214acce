import type { Flows, TakeRecords } from '../../../../plugin/agent/flows/index.ts';
import type { FlowBatch } from '../../../../plugin/protocol.ts';
import { NO_LOSSES, type FlowLosses } from '../../../../rules/flows/flow-losses.ts';
import type { FlowQuery, FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { matchesFlow } from '../../../../rules/flows/match-flow.ts';

/** A node's flows, as a test tells them; its log keeps all of them. */
export class FakeFlows implements Flows {
  readonly log: FlowRecord[] = [];
  lost: FlowLosses = NO_LOSSES;
  #takers = new Set<TakeRecords>();

  see(...records: readonly FlowRecord[]): void {
    this.log.push(...records);
    for (const take of this.#takers) take(records);
  }

  get followed(): number {
    return this.#takers.size;
  }

  subscribe(take: TakeRecords): () => void {
    this.#takers.add(take);
    return () => {
      this.#takers.delete(take);
    };
  }

  async *history(query: FlowQuery): AsyncGenerator<FlowRecord> {
    const found = this.log.filter((record) => matchesFlow(query, record));
    yield* found.slice(Math.max(0, found.length - (query.limit ?? found.length)));
  }

  losses(): FlowLosses {
    return this.lost;
  }
}

export function aBatch(flows: readonly FlowRecord[], changes: Partial<FlowBatch> = {}): FlowBatch {
  return { type: 'flows', batch: 1, flows, dropped: 0, losses: NO_LOSSES, ...changes };
}
