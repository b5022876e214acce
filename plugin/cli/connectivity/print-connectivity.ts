import { type Connection, connectivityOf } from '../../../rules/connectivity.ts';
import type { CliIo, TextSink } from '../io.ts';
import { formatCell } from '../plan/format-span.ts';
import { printMatrix } from '../plan/print-matrix.ts';
import { printColumns } from '../print-columns.ts';
import { asJson, printJsonList } from '../print-json-list.ts';
import { printLines } from '../print-lines.ts';
import { remembered } from '../remembered.ts';
import { styleFor } from '../style.ts';
import { jsonOf } from './connection-json.ts';
import { FORMATS } from './formats.ts';
import { placesOf, type ShownCluster } from './shown-cluster.ts';

export type ConnectivityFormat = 'table' | 'json' | keyof typeof FORMATS;

/** More columns fit on no screen. */
const MATRIX_PLACES = 40;

export function printConnectivity(io: CliIo, cluster: ShownCluster, format: ConnectivityFormat): void {
  const places = placesOf(cluster);
  const connections = connectivityOf(cluster);
  if (format === 'table') printTable(io, places, [...connections]);
  else if (format === 'json') printJson(io.stdout, places, connections, cluster);
  else printLines(io.stdout, FORMATS[format](places, connections));
}

/** A matrix where it fits, else a list. */
function printTable(io: CliIo, places: readonly string[], connections: readonly Connection[]): void {
  if (places.length <= MATRIX_PLACES && printMatrix(io, { places, own: places, connections })) return;
  const style = styleFor(io, io.stdout);
  const cell = remembered(formatCell);
  printColumns(
    io.stdout,
    ['FROM', 'TO', 'PORTS'],
    connections.map(({ from, to, ports }) => [from, to, cell(ports)]),
    { head: style.bold, cell: (text, column) => (column === 2 ? style.green(text) : text) },
  );
}

/** One value, written in parts. */
function printJson(
  sink: TextSink,
  places: readonly string[],
  connections: Iterable<Connection>,
  { externals, skipped }: ShownCluster,
): void {
  const outside = Object.fromEntries(externals);
  sink.write(
    `{\n  "places": ${JSON.stringify(places)},\n  "outside": ${JSON.stringify(outside)},\n  "connections": `,
  );
  printJsonList(sink, jsonOf(connections), '  ');
  sink.write(`,\n  "skipped": `);
  printJsonList(sink, asJson(skipped), '  ');
  sink.write('\n}\n');
}
