import assert from 'node:assert/strict';
import pc from 'picocolors';
import { tally, type Cell, type Outcome } from '../../lab/demo/cell.ts';
import { printMatrix } from '../../lab/demo/print-matrix.ts';
import { BALANCED } from '../../lab/demo/probe-matrix.ts';

function cell(fromNode: string, toNode: string, expected: Outcome, observed: Outcome): Cell {
  return { from: 'a', fromNode, to: 'b', toNode, port: 80, protocol: 'tcp', expected, observed };
}

function symbols(cells: readonly Cell[]): string {
  const row = printMatrix(cells, pc.createColors(false)).split('\n')[1] ?? '';
  return row.replace('a', '').trim();
}

describe('the matrix', () => {
  it('shows the same node left and the other node right', () => {
    const same = cell('node1', 'node1', 'allowed', 'allowed');
    assert.equal(symbols([same, cell('node1', 'node2', 'denied', 'denied')]), 'o.');
    assert.equal(symbols([same, cell('node1', 'node2', 'denied', 'allowed')]), 'o!');
    assert.equal(symbols([same, cell('node1', 'node2', 'allowed', 'denied')]), 'ox');
  });

  it('shows what answers by virtual IP behind them, where there is any', () => {
    const cells = [cell('node1', 'node1', 'denied', 'denied'), cell('node1', 'node2', 'denied', 'denied')];
    assert.equal(symbols([...cells, cell('node1', BALANCED, 'denied', 'allowed')]), '..!');
    assert.equal(symbols([...cells, cell('node1', BALANCED, 'denied', 'denied')]), '...');
  });

  it('never hides one mismatch behind matches', () => {
    const cells = [cell('node1', 'node2', 'denied', 'denied'), cell('node2', 'node1', 'denied', 'allowed')];
    assert.equal(symbols([...cells, cell('node1', 'node1', 'denied', 'denied')]), '.!');
    assert.deepEqual(tally(cells), { mismatches: 1, leaked: 1, broken: 0 });
  });
});
