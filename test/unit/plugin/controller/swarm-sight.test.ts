import assert from 'node:assert/strict';
import { watchSight, type SwarmSight } from '../../../../plugin/controller/swarm-sight.ts';
import { silentLog } from '../../../../plugin/log.ts';
import { FakeClock } from '../fake-clock.ts';

describe("a manager's sight of its Swarm", () => {
  let clock: FakeClock;
  let sight: SwarmSight;
  let sessions: { subscribed: boolean; close: () => void }[];
  let closed: number[];

  beforeEach(() => {
    clock = new FakeClock();
    closed = [];
    sessions = [true, false, true].map((subscribed, at) => ({ subscribed, close: () => closed.push(at) }));
    sight = watchSight({ clock, log: silentLog(), sessions: () => sessions });
  });

  it('is fresh from its first look on, until one fails', () => {
    assert.equal(sight.fresh, false);
    sight.saw();
    assert.equal(sight.fresh, true);
    sight.failed();
    assert.equal(sight.fresh, false);
    sight.saw();
    assert.equal(sight.fresh, true);
  });

  it('is not fresh when looks do not come back', async () => {
    sight.saw();
    await clock.pass(59_000);
    assert.equal(sight.fresh, true);
    await clock.pass(1_000);
    assert.equal(sight.fresh, false);
  });

  it('lost for long sends those who have their policy from it elsewhere, and those who came since now and then', async () => {
    sight.saw();
    sight.failed();
    await clock.pass(14_999);
    sight.failed();
    assert.deepEqual(closed, []);
    await clock.pass(1);
    sight.failed();
    assert.deepEqual(closed, [0, 2]);
    const times: number[] = [];
    for (let second = 1; second <= 180; second += 1) {
      closed = [];
      await clock.pass(1_000);
      sight.failed();
      if (closed.length > 0) times.push(second);
    }
    assert.deepEqual(times, [30, 90, 150]);
  });

  it('lost again does so again', async () => {
    for (let times = 0; times < 2; times += 1) {
      sight.saw();
      sight.failed();
      await clock.pass(15_000);
      sight.failed();
    }
    assert.deepEqual(closed, [0, 2, 0, 2]);
  });

  it('lost for a moment, as while another leader is elected, sends nobody away', async () => {
    for (let times = 0; times < 5; times += 1) {
      sight.failed();
      await clock.pass(10_000);
      sight.saw();
    }
    assert.deepEqual(closed, []);
  });
});
