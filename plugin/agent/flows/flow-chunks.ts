import type { FlowEnd, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { MAX_FLOWS } from '../../protocol.ts';

/** Well below what a controller takes as one line (LIMITS.agentLineBytes). */
export const CHUNK_BYTES = 2 * 1024 * 1024;

/** Names of members, numbers and addresses. */
const FIXED = 700;
/** Bytes that a character may come to in JSON. */
const ESCAPED = 6;

export function mostBytes({ network, source, destination, reason }: FlowRecord): number {
  const texts =
    network.length +
    namesIn(source) +
    namesIn(destination) +
    (reason ? reason.policy.length + reason.text.length + (reason.file?.length ?? 0) : 0);
  return FIXED + ESCAPED * texts;
}

function namesIn({ service, stack, task, container }: FlowEnd): number {
  let length = 0;
  for (const name of [service, stack, task, container]) length += name?.length ?? 0;
  return length;
}

/** Each fits into one message. */
export async function* chunksOf(records: AsyncIterable<FlowRecord>): AsyncGenerator<readonly FlowRecord[]> {
  let chunk: FlowRecord[] = [];
  let bytes = 0;
  for await (const record of records) {
    const size = mostBytes(record);
    if (chunk.length === MAX_FLOWS || (chunk.length > 0 && bytes + size > CHUNK_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
