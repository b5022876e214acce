import type { FlowLosses } from '../../../rules/flows/flow-losses.ts';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';

export type TakeRecords = (records: readonly FlowRecord[]) => void;

/** What this node's kernel decided about flows, with names. */
export interface Flows {
  /**
   * Records as they get ready, some 200 ms after their packets; of one flow at most one in such an interval. What a taker
   * throws reaches no other. Returns how to end it.
   */
  subscribe(take: TakeRecords): () => void;
  /** From the verdict log, up to now, oldest first; `query.limit` keeps the newest. */
  history(query: FlowQuery): AsyncIterable<FlowRecord>;
  losses(): FlowLosses;
}
