import { stripVTControlCharacters } from 'node:util';
import type { CliIo } from '../io.ts';
import { table } from '../print-table.ts';
import { printable, styleFor } from '../style.ts';
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
  const ports = new Map(
    connections.map((each) => [JSON.stringify([each.from, each.to]), formatCell(each.ports)]),
  );
  const asked = new Set(own);
  const rows = places.map((from) => [
    style.bold(shorten(from)),
    ...places.map((to) => {
      if (from === to) return style.dim('-');
      const open = ports.get(JSON.stringify([from, to]));
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

/** Whether it fits; else nothing is printed. */
export function printMatrix(io: CliIo, shown: Connectivity, shorten = printable): boolean {
  const asMatrix = matrix(shown, shorten, styleFor(io, io.stdout));
  const width = Math.max(...asMatrix.split('\n').map(plainWidth));
  if (width > (io.stdout.columns ?? WIDE)) return false;
  io.stdout.write(asMatrix);
  return true;
}

/** A matrix where it fits, else a list: a wrapped matrix says nothing. */
export function printConnectivity(io: CliIo, shown: Connectivity, stack: string | undefined): void {
  const shorten = (name: string): string =>
    stack !== undefined && name.startsWith(`${stack}/`) ? name.slice(stack.length + 1) : name;
  if (!printMatrix(io, shown, shorten)) io.stdout.write(list(shown, shorten, styleFor(io, io.stdout)));
}
