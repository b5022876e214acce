import { FLOW_VERDICTS, type FlowRecord } from './flow-record.ts';

const END_KINDS: readonly unknown[] = ['service', 'container', 'world', 'node', 'balancer', 'unknown'];
const VERDICTS: readonly unknown[] = FLOW_VERDICTS;
const MAX_TEXT = 1_000;

/** A line of a verdict log; a string is the reason why it is none. What it holds besides is nobody's here. */
export function readFlowRecord(line: string): FlowRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  if (!isObject(value)) return 'it is not an object';
  const broken =
    numbers(value, ['first', 'last', 'connections', 'packets', 'bytes']) ??
    texts(value, ['node', 'network', 'protocol']) ??
    endProblem(value, 'source') ??
    endProblem(value, 'destination');
  if (broken !== undefined) return broken;
  const { port, verdict, staged } = value;
  if (port !== undefined && !isPort(port)) return 'its port is none';
  if (!VERDICTS.includes(verdict)) return 'its verdict is none';
  if (staged !== undefined && !VERDICTS.includes(staged)) return 'its staged verdict is none';
  return value as unknown as FlowRecord;
}

function endProblem(record: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const end = record[key];
  if (!isObject(end)) return `its ${key} is no end of a flow`;
  if (!END_KINDS.includes(end['kind'])) return `the kind of its ${key} is none`;
  const optional = ['service', 'stack'].filter((name) => end[name] !== undefined);
  return texts(end, ['address', ...optional]);
}

function numbers(value: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => !Number.isFinite(value[key]) || Number(value[key]) < 0);
  return bad === undefined ? undefined : `its "${bad}" is no number`;
}

function texts(value: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => {
    const text = value[key];
    return typeof text !== 'string' || text.length > MAX_TEXT;
  });
  return bad === undefined ? undefined : `its "${bad}" is no text of at most ${MAX_TEXT} characters`;
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
