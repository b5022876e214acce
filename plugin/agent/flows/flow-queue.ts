import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import { MAX_FLOWS } from '../../protocol.ts';
import { CHUNK_BYTES, mostBytes } from './flow-chunks.ts';

/** Records that wait for one reader. */
export interface FlowQueue {
  readonly length: number;
  /** How many had to make room for newer ones, since it began. */
  readonly dropped: number;
  add(records: readonly FlowRecord[]): void;
  /** What goes into one message, oldest first. */
  take(): readonly FlowRecord[];
}

export function createFlowQueue(most: number): FlowQueue {
  let waiting: FlowRecord[] = [];
  let dropped = 0;
  return {
    get length() {
      return waiting.length;
    },
    get dropped() {
      return dropped;
    },
    add: (records) => {
      for (const record of records) waiting.push(record);
      const over = waiting.length - most;
      if (over <= 0) return;
      dropped += over;
      waiting = waiting.slice(over);
    },
    take: () => {
      let bytes = 0;
      let count = 0;
      for (const record of waiting) {
        bytes += mostBytes(record);
        if (count > 0 && (count === MAX_FLOWS || bytes > CHUNK_BYTES)) break;
        count += 1;
      }
      return waiting.splice(0, count);
    },
  };
}
