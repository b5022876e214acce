import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { flowFilter, type FlowFilter } from '../../../rules/flows/match-flow.ts';
import { readFlowRecord } from '../../../rules/flows/read-flow-record.ts';
import { currentFile, isClosedFile } from '../../authz/audit-file.ts';

/** Of one file, while the newest are looked for. */
const MOST_KEPT = 200_000;

/** Oldest first. What is no record (a line that a crash cut, a note) is left out. */
export async function* readLog(folder: string, name: string, query: FlowQuery): AsyncIterable<FlowRecord> {
  const filter = flowFilter(query);
  const files = await filesFrom(folder, name, query.since ?? 0);
  if (query.limit === undefined) for (const file of files) yield* recordsIn(file, filter);
  else yield* newest(files, filter, Math.min(query.limit, MOST_KEPT));
}

/** From the last file back, until there are enough. */
async function* newest(
  files: readonly string[],
  filter: FlowFilter,
  limit: number,
): AsyncIterable<FlowRecord> {
  const parts: FlowRecord[][] = [];
  let missing = limit;
  for (const file of files.toReversed()) {
    if (missing <= 0) break;
    let found: FlowRecord[] = [];
    for await (const record of recordsIn(file, filter)) {
      found.push(record);
      if (found.length >= 2 * missing) found = found.slice(-missing);
    }
    parts.unshift(found.slice(-missing));
    missing -= Math.min(missing, found.length);
  }
  for (const part of parts) yield* part;
}

/** Those that were written to after `since`, oldest first. */
async function filesFrom(folder: string, name: string, since: number): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const closed = names.filter((file) => isClosedFile(name, file)).sort();
  const files: string[] = [];
  for (const file of [...closed, ...names.filter((each) => each === currentFile(name))]) {
    const found = await stat(join(folder, file)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs >= since) files.push(join(folder, file));
  }
  return files;
}

/** One that is removed meanwhile has no more. */
async function* recordsIn(file: string, filter: FlowFilter): AsyncIterable<FlowRecord> {
  const input = createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Infinity });
  let failed = false;
  input.once('error', () => {
    failed = true;
    lines.close();
  });
  try {
    for await (const line of lines) {
      const record = readFlowRecord(line);
      if (typeof record !== 'string' && filter(record)) yield record;
      if (failed) return;
    }
  } finally {
    input.destroy();
  }
}
