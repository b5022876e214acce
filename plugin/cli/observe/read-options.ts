import { FLOW_VERDICTS, type FlowQuery, type FlowVerdict } from '../../../rules/flows/flow-record.ts';
import { LIMITS } from '../../config.ts';
import { parseDuration } from '../ago.ts';
import { CliFailure } from '../failure.ts';
import type { JsonOption } from '../session.ts';

/** As they are written. */
export interface ObserveOptions extends JsonOption {
  readonly from?: string;
  readonly to?: string;
  readonly port?: string;
  readonly protocol?: string;
  readonly verdict?: readonly string[];
  readonly stack?: string;
  readonly service?: string;
  readonly node?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly follow?: true;
  readonly summary?: true;
}

/** Without a word on time or number, one looks at the last hour, and at what fits on some screens. */
const SINCE = 3_600_000;
const SHOWN = 100;
const PROTOCOLS = ['tcp', 'udp', 'sctp', 'icmp'];

/** @throws CliFailure `bad-usage`, with every mistake */
export function readOptions(options: ObserveOptions, now: number): FlowQuery {
  const { from, to, stack, node, follow, summary } = options;
  const mistakes: string[] = [];
  const read = <T>(value: string | undefined, parse: (text: string) => T | undefined, mistake: string) => {
    const found = value === undefined ? undefined : parse(value);
    if (value !== undefined && found === undefined) mistakes.push(`${value}: ${mistake}`);
    return found;
  };
  if (follow && summary) mistakes.push('--summary is of what was, --follow of what will be');
  if (follow && options.until !== undefined) mistakes.push('--follow does not end: leave --until out');
  for (const [name, text] of Object.entries({ from, to, stack, node }))
    if (text === '') mistakes.push(`--${name} is empty`);
  const port = read(options.port, whole(65_535), 'a port is a number up to 65535');
  const protocol = read(
    options.protocol?.toLowerCase(),
    (text) => (PROTOCOLS.includes(text) || whole(255)(text) !== undefined ? text : undefined),
    `a protocol is one of ${PROTOCOLS.join(', ')}, or its number`,
  );
  const verdicts = (options.verdict ?? [])
    .flatMap((text) => text.split(','))
    .flatMap((text) => read(text, verdictOf, `a verdict is one of ${FLOW_VERDICTS.join(', ')}`) ?? []);
  const service = read(
    options.service,
    (text) => (/^[^/]+\/[^/]+$/u.test(text) ? text : undefined),
    'write a service as stack/service',
  );
  const when = (text: string) => timeOf(text, now);
  const form = 'a time is 90s, 15m, 2h, 1d ago, or like 2026-01-31T14:05:00Z';
  const since = read(options.since, when, form);
  const until = read(options.until, when, form);
  const limit = read(options.limit, whole(LIMITS.flowsAsked, 1), `from 1 to ${String(LIMITS.flowsAsked)}`);
  if (mistakes.length > 0)
    throw new CliFailure('bad-usage', mistakes.join('; '), { hint: 'swarmwall observe --help' });
  const begin = since ?? (follow || until !== undefined ? undefined : now - SINCE);
  const most = limit ?? (summary ? LIMITS.flowsAsked : follow ? undefined : SHOWN);
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(port !== undefined && { port }),
    ...(protocol !== undefined && { protocol }),
    ...(verdicts.length > 0 && { verdicts }),
    ...(stack !== undefined && { stack }),
    ...(service !== undefined && { service }),
    ...(node !== undefined && { node }),
    ...(begin !== undefined && { since: begin }),
    ...(until !== undefined && { until }),
    ...(most !== undefined && { limit: most }),
  };
}

function whole(most: number, least = 0): (text: string) => number | undefined {
  return (text) =>
    /^\d{1,9}$/u.test(text) && Number(text) <= most && Number(text) >= least ? Number(text) : undefined;
}

function verdictOf(text: string): FlowVerdict | undefined {
  return FLOW_VERDICTS.find((known) => known === text);
}

/** `90s`, `15m`, `2h`, `1d` ago, or a date: milliseconds since 1970. */
export function timeOf(text: string, now: number): number | undefined {
  const duration = parseDuration(text);
  if (duration !== undefined) return Math.max(0, now - duration);
  const at = /^\d{4}-\d\d-\d\d/u.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at);
}
