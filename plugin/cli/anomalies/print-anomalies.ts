import type { Anomaly } from '../../../rules/anomalies/anomaly.ts';
import type { CliIo } from '../io.ts';
import { clean, timeOf } from '../observe/flow-rows.ts';
import { liveColumns } from '../observe/live-columns.ts';
import { printColumns } from '../print-columns.ts';
import { asJson, printJsonList } from '../print-json-list.ts';
import { styleFor } from '../style.ts';

const HEAD = ['TIME', 'KIND', 'SOURCE', 'NODES', 'WHAT'] as const;
const WHAT = 400;

export function printAnomalies(io: CliIo, found: readonly Anomaly[], now: number, json: boolean): void {
  if (json) {
    printJsonList(io.stdout, asJson(found));
    io.stdout.write('\n');
    return;
  }
  if (found.length === 0) {
    io.stdout.write('nothing out of the ordinary\n');
    return;
  }
  const rows = found.map((anomaly) => rowOf(anomaly, now));
  printColumns(io.stdout, HEAD, rows, painted(io));
}

/** A printer for those that come one by one. */
export function anomalyPrinter(io: CliIo, json: boolean, now: () => number): (found: Anomaly) => void {
  if (json)
    return (found) => {
      io.stdout.write(`${JSON.stringify(found)}\n`);
    };
  const print = liveColumns(io.stdout, HEAD, painted(io));
  return (found) => {
    print(rowOf(found, now()));
  };
}

function painted(io: CliIo) {
  const style = styleFor(io, io.stdout);
  const cell = (text: string, column: number): string => (column === 1 ? style.yellow(text) : text);
  return { head: style.dim, cell };
}

function rowOf({ at, kind, source, nodes, summary }: Anomaly, now: number): readonly string[] {
  return [timeOf(at, now), kind, clean(source.name), clean(nodes.join(',')), clean(summary, WHAT)];
}
