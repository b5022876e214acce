import assert from 'node:assert/strict';
import { TIMES } from '../../../../plugin/config.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { keepRunning } from '../../../../plugin/supervisor/kept-child.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeChildren } from './fake-children.ts';

describe('a kept child', () => {
  const make = (): { clock: FakeClock; children: FakeChildren; kept: ReturnType<typeof keepRunning> } => {
    const clock = new FakeClock();
    const children = new FakeChildren();
    const start = (): ReturnType<FakeChildren['start']> => children.start('node', ['agent'], {});
    return { clock, children, kept: keepRunning({ name: 'agent', start, clock, log: silentLog() }) };
  };

  it('is started at once, and again after it ended', async () => {
    const { clock, children, kept } = make();
    assert.equal(children.started.length, 1);
    children.started[0]!.end('exit 2');
    await clock.pass(TIMES.childRetryFirst - 1);
    assert.equal(children.started.length, 1);
    assert.equal(kept.status().running, false);
    await clock.pass(1);
    assert.equal(children.started.length, 2);
    assert.deepEqual(kept.status(), { name: 'agent', running: true, pid: 2, restarts: 1, lastEnd: 'exit 2' });
  });

  it('is started later and later while it ends soon, and soon again once it has run for a while', async () => {
    const { clock, children } = make();
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const ended = clock.now();
      const before = children.started.length;
      children.started.at(-1)!.end('exit 1');
      while (children.started.length === before) await clock.pass(50);
      waits.push(clock.now() - ended);
    }
    assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    await clock.pass(TIMES.childSteady);
    children.started.at(-1)!.end('SIGKILL');
    const before = children.started.length;
    await clock.pass(TIMES.childRetryFirst);
    assert.equal(children.started.length, before + 1);
  });

  it('stays ended once it is stopped, whether it runs or waits', async () => {
    for (const waiting of [false, true]) {
      const { clock, children, kept } = make();
      if (waiting) children.started[0]!.end('exit 1');
      await clock.pass(1);
      await kept.stop();
      await clock.pass(TIMES.childRetryMost * 2);
      assert.equal(children.started.length, 1);
      assert.equal(kept.status().running, false);
    }
  });
});
