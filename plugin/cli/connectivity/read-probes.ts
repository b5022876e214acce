import type { Diagnostic } from '../../../compose-ext/index.ts';
import { answerProbes, type ProbeAnswer, type ProbedCluster } from '../../../rules/probe.ts';
import { BadFiles } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { readSource } from '../read-source.ts';
import { itemOffsets } from './item-offsets.ts';

const HINT = 'Probes are a JSON array of { "src", "dst", "protocol", "port" }.';

export interface ProbeFile {
  readonly file: string;
  readonly text: string;
  readonly probes: readonly unknown[];
}

/** @throws BadFiles */
export async function readProbes(io: CliIo, path: string): Promise<ProbeFile> {
  const source = await readSource(io, path);
  if (source.kind === 'unreadable') throw new BadFiles([source.diagnostic], new Map(), 'probes');
  const { file, text } = source;
  const fail = (message: string, offset = 0): BadFiles =>
    new BadFiles([mistake(file, text, offset, message)], new Map([[file, text]]), 'probes');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const offset = Number(/at position (\d+)/u.exec(String(error))?.[1] ?? 0);
    throw fail(`is not JSON: ${error instanceof Error ? error.message : String(error)}`, offset);
  }
  if (!Array.isArray(value)) throw fail('must be an array');
  return { file, text, probes: value };
}

/** @throws BadFiles with every probe that cannot be asked */
export function answersOf(cluster: ProbedCluster, { file, text, probes }: ProbeFile): Iterable<ProbeAnswer> {
  const { answers, problems } = answerProbes(cluster, probes);
  if (problems.length === 0) return answers;
  const offsets = itemOffsets(text);
  const lines = lineStarts(text);
  const diagnostics = problems.map(({ index, message }) =>
    mistake(file, text, offsets[index] ?? 0, `probe ${index}: ${message}`, lines),
  );
  throw new BadFiles(diagnostics, new Map([[file, text]]), 'probes');
}

function mistake(
  file: string,
  text: string,
  offset: number,
  message: string,
  starts = lineStarts(text),
): Diagnostic {
  const line = lineAt(starts, offset);
  const column = offset - (starts[line - 1] ?? 0) + 1;
  return { code: 'invalid-probe', severity: 'error', message, file, line, column, hint: HINT };
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\n/gu)].map(({ index }) => index + 1)];
}

/** From 1: how many lines start at the offset or before. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
