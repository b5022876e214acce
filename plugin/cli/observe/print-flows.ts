import type { FlowLine, FlowNotice } from '../../api/types.ts';
import type { FlowRecord, FlowVerdict } from '../../../rules/flows/flow-record.ts';
import { FLOW_VERDICTS } from '../../../rules/flows/flow-record.ts';
import { summariseFlows, type FlowTotal } from '../../../rules/flows/summarise-flows.ts';
import type { CliIo } from '../io.ts';
import { printColumns } from '../print-columns.ts';
import { asJson, printJsonList } from '../print-json-list.ts';
import { printable, styleFor } from '../style.ts';
import { FLOW_HEAD, flowRow, TOTAL_HEAD, totalRow, verdictPaint } from './flow-rows.ts';
import { liveColumns } from './live-columns.ts';

function painted(io: CliIo, verdictColumn: number, whyColumn: number) {
  const style = styleFor(io, io.stdout);
  const paint = verdictPaint(style);
  const cell = (text: string, column: number): string =>
    column === verdictColumn ? paint(text) : column === whyColumn ? style.dim(text) : text;
  return { head: style.dim, cell };
}

export function isNotice(line: FlowLine): line is FlowNotice {
  return 'notice' in line;
}

/** What is not whole is said where it does not get in the way of what reads standard output. */
export function printNotice(io: CliIo, { message }: FlowNotice): void {
  const style = styleFor(io, io.stderr);
  io.stderr.write(`${style.yellow('warning:')} ${printable(message)}\n`);
}

export function printFlows(io: CliIo, flows: readonly FlowRecord[], now: number): void {
  if (flows.length === 0) {
    io.stdout.write('no flows\n');
    return;
  }
  const rows = flows.map((flow) => flowRow(flow, now));
  printColumns(io.stdout, FLOW_HEAD, rows, painted(io, 2, 5));
}

/** A printer for flows that come one by one. */
export function followingPrinter(io: CliIo, json: boolean, now: () => number): (flow: FlowRecord) => void {
  if (json)
    return (flow) => {
      io.stdout.write(`${JSON.stringify(flow)}\n`);
    };
  const print = liveColumns(io.stdout, FLOW_HEAD, painted(io, 2, 5));
  return (flow) => {
    print(flowRow(flow, now()));
  };
}

export function printJsonFlows(io: CliIo, flows: Iterable<unknown>): void {
  printJsonList(io.stdout, asJson(flows));
  io.stdout.write('\n');
}

export function printSummary(io: CliIo, flows: readonly FlowRecord[], now: number, json: boolean): void {
  const totals = summariseFlows(flows);
  if (json) {
    printJsonFlows(io, totals);
    return;
  }
  if (totals.length === 0) {
    io.stdout.write('no flows\n');
    return;
  }
  const rows = totals.map((total) => totalRow(total, now));
  printColumns(io.stdout, TOTAL_HEAD, rows, painted(io, 0, 7));
  io.stdout.write(`\n${FLOW_VERDICTS.flatMap((verdict) => inAll(totals, verdict)).join(', ')}\n`);
}

/** `3 pairs denied (17 connections)` */
function inAll(totals: readonly FlowTotal[], verdict: FlowVerdict): string[] {
  const own = totals.filter((total) => total.verdict === verdict);
  if (own.length === 0) return [];
  const connections = own.reduce((sum, total) => sum + total.connections, 0);
  const kinds = `${String(own.length)} ${own.length === 1 ? 'flow' : 'flows'} ${verdict}`;
  return [`${kinds} (${String(connections)} ${connections === 1 ? 'connection' : 'connections'})`];
}
