import type { TextSink } from './io.ts';

/** Characters before a write: a million items fit into no string, and a write for each would be slow. */
const CHUNK = 1 << 16;

/** A JSON array of items that are JSON already, one a line: so that a diff of two outputs shows what changed. */
export function printJsonList(sink: TextSink, items: Iterable<string>, indent = ''): void {
  let waiting = '';
  let separator = '[';
  for (const item of items) {
    waiting += `${separator}\n${indent}  ${item}`;
    separator = ',';
    if (waiting.length < CHUNK) continue;
    sink.write(waiting);
    waiting = '';
  }
  sink.write(separator === '[' ? '[]' : `${waiting}\n${indent}]`);
}

export function* asJson(items: Iterable<unknown>): Generator<string> {
  for (const item of items) yield JSON.stringify(item);
}
