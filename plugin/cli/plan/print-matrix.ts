import { stripVTControlCharacters } from 'node:util';
import type { CliIo } from '../io.ts';
import { table } from '../print-table.ts';
import { styleFor } from '../style.ts';
import type { Style } from '../style.ts';
import type { Connectivity } from './connectivity.ts';
import { formatCell } from './format-span.ts';

const WIDE = 120;

function plainWidth(line: string): number {
  return stripVTControlCharacters(line).length;
}

function matrix(
  { places, own, connections }: Connectivity,
  shorten: (name: string) => string,
  style: Style,
): string {
  const ports = new Map(connections.map((each) => [`${each.from}>${each.to}`, formatCell(each.ports)]));
  const asked = new Set(own);
  const rows = places.map((from) => [
    style.bold(shorten(from)),
    ...places.map((to) => {
      if (from === to) return style.dim('-');
      const open = ports.get(`${from}>${to}`);
      if (open) return style.green(open);
      return asked.has(from) || asked.has(to) ? style.dim('.') : '';
    }),
  ]);
  return table(['FROM \\ TO', ...places.map(shorten)], rows, style.bold);
}

function list({ connections }: Connectivity, shorten: (name: string) => string, style: Style): string {
  return table(
    ['FROM', 'TO', 'PORTS'],
    connections.map(({ from, to, ports }) => [shorten(from), shorten(to), style.green(formatCell(ports))]),
    style.bold,
  );
}

/** A matrix where it fits, else a list: a wrapped matrix says nothing. */
export function printConnectivity(io: CliIo, shown: Connectivity, stack: string | undefined): void {
  const style = styleFor(io, io.stdout);
  const shorten = (name: string): string =>
    stack !== undefined && name.startsWith(`${stack}/`) ? name.slice(stack.length + 1) : name;
  const asMatrix = matrix(shown, shorten, style);
  const width = Math.max(...asMatrix.split('\n').map(plainWidth));
  io.stdout.write(width <= (io.stdout.columns ?? WIDE) ? asMatrix : list(shown, shorten, style));
}
