import { FLOW_VERDICTS, type FlowQuery, type FlowVerdict } from '../../rules/flows/flow-record.ts';
import { LIMITS } from '../config.ts';
import { Fault } from '../fault.ts';

/** A FlowQuery as a URL's parameters. */
export function toParameters({ verdicts = [], ...query }: FlowQuery, follow: boolean): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  for (const verdict of verdicts) parameters.append('verdict', verdict);
  if (follow) parameters.set('follow', '1');
  return parameters;
}

const TEXTS = ['from', 'to', 'protocol', 'stack', 'service', 'node'] as const;
const NUMBERS = {
  port: 65_535,
  since: Number.MAX_SAFE_INTEGER,
  until: Number.MAX_SAFE_INTEGER,
  limit: LIMITS.flowsAsked,
} as const;
/** Longer than any name in a Swarm. */
const TEXT_LENGTH = 1_000;

/** @throws Fault `bad-query`, with every mistake */
export function readParameters(parameters: URLSearchParams): {
  readonly query: FlowQuery;
  readonly follow: boolean;
} {
  const query: Record<string, unknown> = {};
  const mistakes: string[] = [];
  const verdicts: FlowVerdict[] = [];
  let follow = false;
  for (const [name, value] of parameters) {
    const text = TEXTS.find((known) => known === name);
    const most = Object.hasOwn(NUMBERS, name) ? NUMBERS[name as keyof typeof NUMBERS] : undefined;
    const verdict = FLOW_VERDICTS.find((known) => known === value);
    if (text !== undefined && value !== '' && value.length <= TEXT_LENGTH) query[text] = value;
    else if (most !== undefined && /^\d{1,16}$/u.test(value) && Number(value) <= most)
      query[name] = Number(value);
    else if (name === 'verdict' && verdict !== undefined) verdicts.push(verdict);
    else if (name === 'follow' && (value === '1' || value === '0')) follow = value === '1';
    else mistakes.push(`${name.slice(0, 50)}=${value.slice(0, 50)}`);
  }
  if (mistakes.length > 0)
    throw new Fault('bad-query', `these are no parameters of flows: ${mistakes.slice(0, 10).join(', ')}`);
  return { query: { ...query, ...(verdicts.length > 0 && { verdicts }) }, follow };
}
