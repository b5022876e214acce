import assert from 'node:assert/strict';
import { createRunner } from '../../../../plugin/process/runner.ts';
import { FakeClock } from '../fake-clock.ts';

describe('the runner', () => {
  const setUp = (work: (run: number) => Promise<void> = () => Promise.resolve()) => {
    const clock = new FakeClock();
    const runs: { at: number; whole: boolean }[] = [];
    const errors: unknown[] = [];
    const started = clock.elapsed();
    const runner = createRunner({
      clock,
      minInterval: 50,
      resync: 1_000,
      retryFirst: 100,
      retryMost: 400,
      run: (whole) => {
        runs.push({ at: clock.elapsed() - started, whole });
        return work(runs.length);
      },
      onError: (error) => errors.push(error),
    });
    return { clock, runs, errors, runner };
  };

  it('makes one run of many marks, then keeps its interval', async () => {
    const { clock, runs, runner } = setUp();
    for (let mark = 0; mark < 10; mark += 1) runner.mark();
    await clock.pass(10);
    runner.mark();
    await clock.pass(100);
    assert.deepEqual(runs, [
      { at: 0, whole: false },
      { at: 50, whole: false },
    ]);
  });

  it('neither waits nor hurries when somebody sets the time', async () => {
    for (const by of [-3_600_000, 3_600_000]) {
      const { clock, runs, runner } = setUp();
      runner.mark();
      await clock.pass(100);
      clock.set(by);
      runner.mark();
      await clock.pass(2_500);
      assert.deepEqual(runs, [
        { at: 0, whole: false },
        { at: 100, whole: false },
        { at: 1_000, whole: true },
        { at: 2_000, whole: true },
      ]);
    }
  });

  it('runs whole by itself when nothing happens', async () => {
    const { clock, runs, runner } = setUp();
    runner.mark();
    await clock.pass(2_500);
    assert.deepEqual(runs.slice(1), [
      { at: 1_000, whole: true },
      { at: 2_000, whole: true },
    ]);
  });

  it('runs whole in time however often it runs otherwise', async () => {
    const { clock, runs, runner } = setUp();
    for (let event = 0; event < 25; event += 1) {
      runner.mark();
      await clock.pass(100);
    }
    assert.equal(runs.filter(({ whole }) => whole).length, 2);
  });

  it('tries a failed run again, later each time, and events do not hurry it', async () => {
    const { clock, runs, errors, runner } = setUp((run) =>
      run < 4 ? Promise.reject(new Error(`run ${String(run)}`)) : Promise.resolve(),
    );
    runner.mark({ whole: true });
    for (let event = 0; event < 100; event += 1) {
      await clock.pass(9);
      runner.mark();
    }
    assert.equal(errors.length, 3);
    assert.deepEqual(
      runs.slice(0, 4).map(({ at }) => at),
      [0, 100, 300, 700],
    );
    assert.ok(runs[1]?.whole, 'what a failed whole run left undone stays to be done');
  });

  it('never runs twice at once, and does not lose a mark made meanwhile', async () => {
    let release: () => void = () => undefined;
    const { clock, runs, runner } = setUp((run) =>
      run === 1 ? new Promise((resolve) => (release = resolve)) : Promise.resolve(),
    );
    runner.mark();
    await clock.pass(10);
    runner.mark();
    await clock.pass(500);
    assert.equal(runs.length, 1);
    release();
    await clock.pass(0);
    assert.equal(runs.length, 2);
  });

  it('runs no more once it is stopped', async () => {
    const { clock, runs, runner } = setUp();
    runner.mark();
    await clock.pass(0);
    await runner.stop();
    runner.mark();
    await clock.pass(5_000);
    assert.equal(runs.length, 1);
  });
});
