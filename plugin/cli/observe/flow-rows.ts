import type { FlowReason, FlowRecord, FlowVerdict } from '../../../rules/flows/flow-record.ts';
import { endName, portName, targetName } from '../../../rules/flows/flow-names.ts';
import type { FlowTotal } from '../../../rules/flows/summarise-flows.ts';
import { ago } from '../ago.ts';
import { printable } from '../style.ts';
import type { Style } from '../style.ts';

export const FLOW_HEAD = ['TIME', 'NODE', 'VERDICT', 'FLOW', 'PACKETS', 'WHY'] as const;
export const TOTAL_HEAD = [
  'VERDICT',
  'FLOW',
  'CONNECTIONS',
  'PACKETS',
  'BYTES',
  'LAST',
  'NODES',
  'WHY',
] as const;

/** A name that fills a screen is shown cut. */
const NAME = 120;

/** Others' words: one line, no more than a name's length, nothing that a terminal would obey. */
export function clean(text: string, most = NAME): string {
  const tame = printable(text).replace(/\t/gu, ' ');
  return tame.length <= most ? tame : `${tame.slice(0, most - 1)}…`;
}

export function flowRow(flow: FlowRecord, now: number): readonly string[] {
  const arrow = `${clean(endName(flow.source))} → ${clean(targetName(flow))}`;
  return [
    timeOf(flow.last, now),
    clean(flow.node),
    verdictName(flow),
    arrow,
    String(flow.packets),
    reasonText(flow.reason),
  ];
}

export function totalRow(total: FlowTotal, now: number): readonly string[] {
  const target = `${clean(total.to)}${total.port === undefined ? ' ' : ':'}${portName(total)}`;
  return [
    verdictName(total),
    `${clean(total.from)} → ${target}`,
    String(total.connections),
    String(total.packets),
    String(total.bytes),
    ago(total.last, now),
    clean(total.nodes.join(',')),
    reasonText(total.reason),
  ];
}

function verdictName({ verdict, staged }: Pick<FlowRecord, 'verdict' | 'staged'>): string {
  return staged === undefined || staged === verdict ? verdict : `${verdict}, staged ${staged}`;
}

const REASON = 600;

/** `no ingress rule of voting/db allows voting/attacker (compose.yaml:41)` */
export function reasonText(reason: FlowReason | undefined): string {
  if (reason === undefined) return '';
  const { text, file, line } = reason;
  const place = file === undefined ? '' : ` (${clean(file)}${line === undefined ? '' : `:${String(line)}`})`;
  return `${clean(text, REASON)}${place}`;
}

/** Of day and hour here, as a person at this terminal has them. */
export function timeOf(at: number, now: number): string {
  const [date, today] = [new Date(at), new Date(now)];
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const time = `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  if (date.toDateString() === today.toDateString()) return time;
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

export function verdictPaint(style: Style): (text: string) => string {
  const paints: Readonly<Record<FlowVerdict, (text: string) => string>> = {
    allowed: style.green,
    denied: (text) => style.red(style.bold(text)),
    'would-deny': style.yellow,
    limited: style.magenta,
  };
  return (text) => {
    const word = text.split(',', 1)[0] ?? '';
    return Object.hasOwn(paints, word) ? paints[word as FlowVerdict](text) : text;
  };
}
