import type { TextSink } from './io.ts';

/** Characters before a write. */
const CHUNK = 1 << 16;

/** Any number of lines. */
export function printLines(sink: TextSink, lines: Iterable<string>): void {
  let waiting = '';
  for (const line of lines) {
    waiting += `${line}\n`;
    if (waiting.length < CHUNK) continue;
    sink.write(waiting);
    waiting = '';
  }
  if (waiting !== '') sink.write(waiting);
}
