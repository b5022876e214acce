import Table from 'cli-table3';
import type { Colors } from './colors.ts';
import type { Cell } from './cell.ts';
import { groupBy } from './group-by.ts';
import { BALANCED } from './probe-matrix.ts';

/** Rows: who connects. Columns: to what. Symbols a cell: to the same node's task, to another node's, and by name and virtual IP. */
export function printMatrix(cells: readonly Cell[], colors: Colors): string {
  const columns = unique(cells.map(columnOf));
  const rows = unique(cells.map(({ from }) => from));
  const groups = groupBy(cells, (cell) => `${cell.from} ${columnOf(cell)}`);
  const table = new Table({
    head: ['', ...columns.map((_, at) => String(at + 1))],
    style: { head: [], border: [], compact: true },
    chars: PLAIN,
  });
  for (const row of rows) {
    table.push([
      row,
      ...columns.map((column) => {
        const group = groups.get(`${row} ${column}`) ?? [];
        const same = group.filter(({ fromNode, toNode }) => fromNode === toNode);
        const across = group.filter(({ fromNode, toNode }) => fromNode !== toNode && toNode !== BALANCED);
        const balanced = group.filter(({ toNode }) => toNode === BALANCED);
        const symbols = symbol(same, colors) + symbol(across, colors);
        return balanced.length === 0 ? symbols : symbols + symbol(balanced, colors);
      }),
    ]);
  }
  const legend = columns.map((column, at) => `  ${String(at + 1).padStart(2)}  ${column}`);
  return [table.toString(), ...legend].join('\n');
}

export function printLegend(colors: Colors, balanced: boolean): string {
  return [
    balanced
      ? `left: a task on the same node, middle: a task on the other node, right: the service's name and virtual IP`
      : `left: a task on the same node, right: a task on the other node`,
    `${colors.green('o')} allowed   ${colors.dim('.')} denied   ${colors.red('!')} leaked   ${colors.red('x')} broken   ~ differs between nodes`,
  ].join('\n');
}

function symbol(cells: readonly Cell[], colors: Colors): string {
  if (cells.length === 0) return ' ';
  const symbols = unique(
    cells.map(({ expected, observed }) => {
      if (expected !== observed) return observed === 'allowed' ? '!' : 'x';
      return observed === 'allowed' ? 'o' : '.';
    }),
  );
  if (symbols.includes('!')) return colors.red('!');
  if (symbols.includes('x')) return colors.red('x');
  if (symbols.length > 1) return colors.yellow('~');
  return symbols[0] === 'o' ? colors.green('o') : colors.dim('.');
}

/** The outside host dials nodes, not tasks: its columns say so. */
function columnOf({ from, to, port, protocol }: Cell): string {
  return from === 'outside' ? `${to}, published ${port}` : `${to}:${port}/${protocol}`;
}

const unique = <Value>(values: readonly Value[]): readonly Value[] => [...new Set(values)];

const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ' },
};
