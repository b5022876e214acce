import { isIP } from 'node:net';
import { Fault } from '../fault.ts';
import { MAX_FLOWS, type FlowBatch, type FlowHistory } from '../protocol.ts';
import type { FlowLosses } from '../../rules/flows/flow-losses.ts';
import {
  FLOW_VERDICTS,
  type FlowEnd,
  type FlowReason,
  type FlowRecord,
} from '../../rules/flows/flow-record.ts';

/** Read by hand: at twenty thousand a second a schema would take the whole processor. */
const KINDS = ['service', 'container', 'world', 'node', 'balancer', 'unknown'] as const;
const DIRECTIONS = ['egress', 'ingress', 'local'] as const;
const MODES = ['enforce', 'audit'] as const;
const PROTOCOL = /^[a-z0-9-]{1,16}$/u;
const NAME = 300;

type Members = Readonly<Record<string, unknown>>;

/** @throws Fault `peer-invalid` */
export function toFlowBatch(value: Members): FlowBatch {
  const { batch, dropped, losses } = value;
  return {
    type: 'flows',
    batch: count(batch),
    flows: flowsOf(value),
    dropped: count(dropped),
    losses: lossesOf(losses),
  };
}

/** @throws Fault `peer-invalid` */
export function toFlowHistory(value: Members): FlowHistory {
  const { id, done, error } = value;
  if (typeof done !== 'boolean') throw invalid('done');
  return {
    ...{ type: 'flow-history', id: count(id), flows: flowsOf(value), done },
    ...(error !== undefined && { error: text(error, 1_000) }),
  };
}

function flowsOf({ flows }: Members): readonly FlowRecord[] {
  if (!Array.isArray(flows) || flows.length > MAX_FLOWS) throw invalid('flows');
  return flows.map(toFlowRecord);
}

/** What is not known of is left out. */
function toFlowRecord(value: unknown): FlowRecord {
  const flow = members(value);
  const { port, staged, reason } = flow;
  return {
    first: count(flow['first']),
    last: count(flow['last']),
    node: text(flow['node'], NAME),
    network: text(flow['network'], NAME),
    direction: oneOf(DIRECTIONS, flow['direction']),
    source: endOf(flow['source']),
    destination: endOf(flow['destination']),
    protocol: pattern(PROTOCOL, flow['protocol']),
    ...(port !== undefined && { port: upTo(65_535, port) }),
    verdict: oneOf(FLOW_VERDICTS, flow['verdict']),
    ...(staged !== undefined && { staged: oneOf(FLOW_VERDICTS, staged) }),
    mode: oneOf(MODES, flow['mode']),
    connections: count(flow['connections']),
    packets: count(flow['packets']),
    bytes: count(flow['bytes']),
    ...(reason !== undefined && { reason: reasonOf(reason) }),
  };
}

function endOf(value: unknown): FlowEnd {
  const { kind, address, service, stack, task, container } = members(value);
  if (typeof address !== 'string' || address.length > 45 || isIP(address) === 0) throw invalid('address');
  return {
    ...{ kind: oneOf(KINDS, kind), address },
    ...(service !== undefined && { service: text(service, NAME) }),
    ...(stack !== undefined && { stack: text(stack, NAME) }),
    ...(task !== undefined && { task: text(task, NAME) }),
    ...(container !== undefined && { container: text(container, NAME) }),
  };
}

function reasonOf(value: unknown): FlowReason {
  const { policy, text: words, file, line } = members(value);
  return {
    ...{ policy: text(policy, 1_000), text: text(words, 4_000) },
    ...(file !== undefined && { file: text(file, 4_096) }),
    ...(line !== undefined && { line: count(line) }),
  };
}

function lossesOf(value: unknown): FlowLosses {
  const { limited, unread, crowded, unwritten, ends } = members(value);
  return {
    limited: count(limited),
    unread: count(unread),
    crowded: count(crowded),
    unwritten: count(unwritten),
    ends: count(ends),
  };
}

function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null) throw invalid('value');
  return value as Members;
}

function count(value: unknown): number {
  return upTo(Number.MAX_SAFE_INTEGER, value);
}

function upTo(most: number, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
    throw invalid('number');
  return value;
}

function text(value: unknown, most: number): string {
  if (typeof value !== 'string' || value.length > most) throw invalid('text');
  return value;
}

function pattern(form: RegExp, value: unknown): string {
  if (typeof value !== 'string' || !form.test(value)) throw invalid('word');
  return value;
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw invalid('word');
  return found;
}

function invalid(what: string): Fault {
  return new Fault('peer-invalid', `the agent sent flows with an invalid ${what}`);
}
