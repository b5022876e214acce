import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { JsonObject } from '../../rules/authz/api-request.ts';
import { decodeRequest } from '../../rules/authz/decode/index.ts';
import type { EngineCall } from '../../rules/authz/decode/index.ts';
import { effectOfBody, effectOfInspection } from './effect.ts';
import { engineCalls } from './engine-calls.ts';
import { fuzzBody } from './grammar.ts';
import type { FuzzBody, Kind } from './grammar.ts';

export interface FuzzReport {
  readonly seed: number;
  readonly bodies: number;
  /** The engine made something of them. */
  made: number;
  /** Of those, what we let pass and what we refused. */
  madeAndPassed: number;
  madeAndRefused: number;
  /** The engine made nothing, and we would have asked the judges. */
  passedOnly: number;
  /** The engine broke off without an answer: it fails on some bodies itself. */
  broken: number;
  /** By code, of all. */
  readonly refusals: Record<string, number>;
  /** Made by the engine otherwise than we read them: there must be none. */
  readonly escapes: Escape[];
}

export interface Escape {
  readonly sent: string;
  readonly read: unknown;
  readonly made: unknown;
}

export interface FuzzOptions {
  /** Of an engine of a Swarm's manager that has no authorization plugin. */
  readonly socketPath: string;
  readonly bodies: number;
  readonly seed: number;
  readonly clients?: number;
  /** Another reader than ours; undefined: it refuses. */
  readonly read?: (call: EngineCall) => JsonObject | undefined;
  readonly say?: (report: FuzzReport, done: number) => void;
}

const OPERATIONS: Readonly<Record<Kind, string>> = {
  container: 'ContainerCreate',
  service: 'ServiceCreate',
  volume: 'VolumeCreate',
};

const THINGS: Readonly<
  Record<Kind, { id: string; inspect(id: string): string; remove(id: string): string }>
> = {
  container: {
    id: 'Id',
    inspect: (id) => `/v1.41/containers/${id}/json`,
    remove: (id) => `/v1.41/containers/${id}?force=1&v=1`,
  },
  service: {
    id: 'ID',
    inspect: (id) => `/v1.41/services/${id}`,
    remove: (id) => `/v1.41/services/${id}`,
  },
  volume: {
    id: 'Name',
    inspect: (id) => `/v1.41/volumes/${encodeURIComponent(id)}`,
    remove: (id) => `/v1.41/volumes/${encodeURIComponent(id)}`,
  },
};

/** Sends every body to the engine, and has it read by our decoder: where the engine acts, both must mean the same. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { socketPath, bodies, seed, clients = 4, say } = options;
  const report: FuzzReport = {
    ...{ seed, bodies, made: 0, madeAndPassed: 0, madeAndRefused: 0, passedOnly: 0, broken: 0 },
    ...{ refusals: {}, escapes: [] },
  };
  const api = engineCalls(socketPath);
  const samples = fc.sample(fuzzBody, { numRuns: bodies, seed });
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let at = next++; at < bodies; at = next++) {
        const sample = samples[at];
        if (sample) await tryBody(api, sample, at, report, options.read);
        if (at % 500 === 499) say?.(report, at + 1);
      }
    }),
  );
  api.close();
  return report;
}

async function tryBody(
  api: ReturnType<typeof engineCalls>,
  sample: FuzzBody,
  at: number,
  report: FuzzReport,
  reader: FuzzOptions['read'],
): Promise<void> {
  const { kind, uri } = sample;
  const body = named(sample.text, `fuzz-${at}`);
  const headers = headersOf(sample, body);
  const read = reader
    ? [otherReading(sample, reader(callOf(sample, headers, body)))]
    : readings(sample, headers, body);
  for (const { code } of read)
    if (code !== undefined) report.refusals[code] = (report.refusals[code] ?? 0) + 1;
  const passed = read.some(({ effect }) => effect !== undefined);
  const made = await makeAndRemove(api, kind, { method: 'POST', uri, headers, body });
  if (made === 'broken') {
    report.broken += 1;
    return;
  }
  if (made === undefined) {
    if (passed) report.passedOnly += 1;
    return;
  }
  report.made += 1;
  if (passed) report.madeAndPassed += 1;
  else report.madeAndRefused += 1;
  for (const { effect } of read)
    if (effect !== undefined && !isDeepStrictEqual(effect, made))
      report.escapes.push({ sent: `${uri} ${body.toString('latin1')}`, read: effect, made });
}

/** Refused with a code, or what it would make. */
interface Reading {
  readonly code?: string;
  readonly effect?: unknown;
}

function callOf({ uri }: FuzzBody, headers: Readonly<Record<string, string>>, body?: Buffer): EngineCall {
  return { user: '', authMethod: '', method: 'POST', uri, headers, ...(body === undefined ? {} : { body }) };
}

function otherReading({ kind }: FuzzBody, read: JsonObject | undefined): Reading {
  return read === undefined ? { code: 'other' } : { effect: effectOfBody(kind, read) };
}

/** As the body is shown to plugins, and as one that engines hide (chunked ones, up to 20.10; other types). */
function readings(
  sample: FuzzBody,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): readonly Reading[] {
  const { kind } = sample;
  return [callOf(sample, headers, body), callOf(sample, headers)].map((shown) => {
    const decoded = decodeRequest(shown);
    if (decoded.kind === 'refused') return { code: decoded.objection.code };
    const { operation, body: read } = decoded.request;
    if (operation.id !== OPERATIONS[kind]) return { effect: operation };
    return { effect: effectOfBody(kind, read ?? ({} as JsonObject)) };
  });
}

async function makeAndRemove(
  api: ReturnType<typeof engineCalls>,
  kind: Kind,
  call: Parameters<typeof api.call>[0],
): Promise<unknown> {
  const thing = THINGS[kind];
  const { status, body } = await api.call(call).catch(() => ({ status: 0, body: null }));
  if (status === 0) return 'broken';
  if (status !== 201) return undefined;
  const id = (body as JsonObject)[thing.id];
  if (typeof id !== 'string') throw new Error(`made, but what? ${JSON.stringify(body)}`);
  const made = effectOfInspection(kind, await api.get(thing.inspect(id)));
  await api.call({ method: 'DELETE', uri: thing.remove(id) });
  return made;
}

function named(text: Buffer, name: string): Buffer {
  return Buffer.from(text.toString('latin1').replaceAll('@NAME@', name), 'latin1');
}

function headersOf({ contentType, chunked }: FuzzBody, body: Buffer): Readonly<Record<string, string>> {
  return {
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
    ...(chunked ? {} : { 'Content-Length': String(body.length) }),
  };
}
