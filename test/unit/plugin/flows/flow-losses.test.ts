import assert from 'node:assert/strict';
import { watchLosses } from '../../../../plugin/controller/flow-losses.ts';
import type { Log } from '../../../../plugin/log.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { NO_LOSSES } from '../../../../rules/flows/flow-losses.ts';
import { FakeClock } from '../fake-clock.ts';
import { aBatch } from './fake-flows.ts';

describe('what a node lost of its flows', () => {
  it('is told when it grows, by how much', () => {
    const watch = watchLosses(new FakeClock(), silentLog());
    const connection = {};
    const lose = (unread: number, dropped: number) =>
      watch.take('node1', connection, aBatch([], { dropped, losses: { ...NO_LOSSES, unread } }));
    assert.deepEqual(lose(5, 0), [], 'lost before anybody listened');
    assert.deepEqual(
      lose(12, 3).map(({ node, count, message }) => [node, count, message]),
      [
        ['node1', 7, 'node1 lost 7 packets that its kernel handed on and nobody read'],
        ['node1', 3, 'node1 lost 3 records that it could not send in time'],
      ],
    );
    assert.deepEqual(lose(12, 3), []);
    assert.deepEqual(
      watch.told().map(({ count }) => count),
      [12, 3],
    );
    assert.deepEqual(watch.totals.get('node1'), { ...NO_LOSSES, unread: 12, dropped: 3 });
  });

  it('counts what was dropped on a new connection from its first batch on', () => {
    const watch = watchLosses(new FakeClock(), silentLog());
    watch.take('node1', {}, aBatch([], { dropped: 9 }));
    assert.deepEqual(
      watch.take('node1', {}, aBatch([], { dropped: 4 })).map(({ count }) => count),
      [4],
    );
  });

  it('is in the log, but not with every batch', async () => {
    const clock = new FakeClock();
    let lines = 0;
    const log: Log = { ...silentLog(), warn: () => (lines += 1) };
    const watch = watchLosses(clock, log);
    const connection = {};
    for (let dropped = 1; dropped <= 20; dropped += 1) {
      watch.take('node1', connection, aBatch([], { dropped }));
      await clock.pass(6_000);
    }
    assert.equal(lines, 2);
  });
});
