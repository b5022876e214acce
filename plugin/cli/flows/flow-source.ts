import { open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../../../compose-ext/index.ts';
import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import { readFlowRecord } from '../../../rules/flows/read-flow-record.ts';
import { BadFiles } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { STDIN_NAME, unreadable } from '../read-source.ts';

/** Of the mistakes in a file. */
const SHOWN_PROBLEMS = 20;

/** Records of a verdict log's file (`-`: standard input), in its order. @throws BadFiles once it is read */
export async function* recordsOfFile(io: CliIo, file: string): AsyncGenerator<FlowRecord> {
  const name = file === '-' ? STDIN_NAME : file;
  const problems: Diagnostic[] = [];
  let line = 0;
  for await (const text of linesOf(io, file, name)) {
    line++;
    if (text.trim() === '') continue;
    const record = readFlowRecord(text);
    if (typeof record !== 'string') yield record;
    else if (problems.length < SHOWN_PROBLEMS) problems.push(problem(name, line, record));
  }
  if (problems.length > 0) throw new BadFiles(problems, new Map(), 'file of flows');
}

async function* linesOf(io: CliIo, file: string, name: string): AsyncGenerator<string> {
  if (file === '-') {
    yield* (await io.readStdin()).toString('utf8').split('\n');
    return;
  }
  let handle;
  try {
    handle = await open(isAbsolute(file) ? file : join(io.cwd, file));
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error('directory'), { code: 'EISDIR' });
  } catch (error) {
    await handle?.close();
    throw new BadFiles([unreadable(name, error)], new Map(), 'file of flows');
  }
  yield* handle.readLines({ encoding: 'utf8' });
}

function problem(file: string, line: number, reason: string): Diagnostic {
  const message = `no record of a flow: ${reason}`;
  const hint = 'Each line is a JSON object, as the verdict log holds them.';
  return { code: 'invalid-flow', severity: 'error', message, file, line, column: 1, hint };
}
