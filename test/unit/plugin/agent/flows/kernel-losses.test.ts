import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countKernelLosses, type KernelLosses } from '../../../../../plugin/agent/flows/kernel-losses.ts';
import { FakeClock } from '../../fake-clock.ts';

const FILE = '1-n1';
const TABLE = 'swarmwall';
const QUIET = Array.from({ length: 4 }, () => ({ judged: 0, kept: 0, lost: 0, late: 0, missed: false }));

describe("what is lost of flows, by the kernel's counters", () => {
  let clock: FakeClock;
  let losses: KernelLosses;

  beforeEach(() => {
    clock = new FakeClock();
    losses = countKernelLosses(clock);
  });

  const count = (denied: number, told = denied, file = FILE): void => {
    losses.count(file, TABLE, { accepted: 0, denied, accepted_told: 0, denied_told: told });
  };
  const settle = (): number => {
    losses.ask();
    return losses.settle();
  };

  async function adopted(): Promise<void> {
    count(0);
    settle();
    await clock.pass(60_000);
  }

  it('is what its log keeps back, of each verdict', async () => {
    await adopted();
    count(100, 60);
    assert.equal(losses.limited, 0, 'a packet between its two counters is not lost');
    count(100, 61);
    for (let looks = 0; looks < 2; looks += 1)
      losses.count(FILE, 'swarmwall_limit', { limited: 9, limited_told: 2 });
    assert.equal(losses.limited, 46);
  });

  it('is what it told while nobody read, told once, and as soon as it is sure', async () => {
    await adopted();
    count(100);
    losses.read(FILE, 'denied', 70);
    assert.equal(settle(), 0, 'the last of them may be late');
    count(100);
    assert.equal(settle(), 30);
    assert.equal(settle(), 0);
    assert.equal(losses.unread, 30);
  });

  it('is nothing while all comes, however late', async () => {
    await adopted();
    for (let told = 100; told <= 2_000; told += 100) {
      count(told);
      losses.ask();
      losses.read(FILE, 'denied', 100);
      losses.settle();
    }
    count(2_100);
    settle();
    losses.read(FILE, 'denied', 100);
    settle();
    settle();
    assert.equal(losses.unread, 0);
  });

  it('is nothing while all comes, as many as may be on their way', async () => {
    await adopted();
    for (let told = 100; told <= 2_000; told += 100) {
      count(told, told - 60);
      settle();
      losses.read(FILE, 'denied', told % 200 === 0 ? 130 : 70);
    }
    assert.deepEqual([losses.limited, losses.unread], [0, 0]);
  });

  it('is nothing of what comes while an agent begins, and all of what is lost then', async () => {
    losses.read(FILE, 'denied', 40);
    // Told after the counters were read, and read before their values are here.
    losses.read(FILE, 'denied', 5);
    count(5_040);
    settle();
    for (const lost of [0, 7]) {
      for (let looks = 0; looks < 4; looks += 1) {
        count(5_100 + lost);
        if (looks + lost === 0) losses.read(FILE, 'denied', 55);
        settle();
      }
      assert.equal(losses.unread, lost);
    }
    await clock.pass(60_000);
  });

  it('is all of what tables count that were made since the agent began', () => {
    losses.isNew(FILE);
    for (let looks = 0; looks < 3; looks += 1) {
      count(900, 500);
      if (looks === 0) losses.read(FILE, 'denied', 300);
      settle();
    }
    assert.deepEqual([losses.limited, losses.unread], [400, 200]);
  });

  it('is never more than was lost, and all of it once it is quiet, if it was so when the agent began', () => {
    const tick = fc.record({
      judged: fc.nat(50),
      kept: fc.nat(5),
      lost: fc.nat(5),
      late: fc.nat(1_000),
      missed: fc.boolean(),
    });
    const begin = fc.record({ others: fc.nat(9), early: fc.nat(100), quiet: fc.boolean() });
    fc.assert(
      fc.property(begin, fc.array(tick, { maxLength: 30 }), ({ others, early, quiet }, ticks) => {
        losses = countKernelLosses(clock);
        losses.read(FILE, 'denied', early);
        let [judged, told] = [others + early, others + early];
        const lost = { limited: 0, unread: 0 };
        let onTheirWay: number[] = [];
        count(judged, told);
        for (const { late, ...of } of [...(quiet ? QUIET : []), ...ticks, ...QUIET]) {
          const dropped = of.kept + of.lost;
          judged += of.judged + dropped;
          told += of.judged + of.lost;
          count(judged, told);
          losses.ask();
          // What was told before this look is read before the answer, and of the rest some.
          const soon = Math.min(late, of.judged);
          for (const packets of [...onTheirWay, soon]) losses.read(FILE, 'denied', packets);
          onTheirWay = [of.judged - soon];
          if (of.missed) losses.miss(FILE, 'denied', of.lost);
          lost.limited += of.kept;
          lost.unread += of.lost;
          losses.settle();
          assert.ok(losses.limited <= lost.limited && losses.unread <= lost.unread);
        }
        assert.equal(losses.limited, lost.limited);
        if (quiet) assert.equal(losses.unread, lost.unread);
      }),
    );
  });

  it('is not counted twice where the numbers of packets tell it, too', async () => {
    await adopted();
    count(100);
    losses.read(FILE, 'denied', 60);
    losses.miss(FILE, 'denied', 30);
    assert.equal(losses.unread, 30);
    settle();
    count(100);
    assert.equal(settle(), 10);
    assert.equal(losses.unread, 40);
  });

  it('is not what another agent was told before this one', async () => {
    count(5_000, 4_000);
    losses.read(FILE, 'denied', 3);
    settle();
    count(5_003, 4_003);
    settle();
    count(5_003, 4_003);
    settle();
    assert.deepEqual([losses.limited, losses.unread], [0, 0]);
    await clock.pass(60_000);
    for (let looks = 0; looks < 3; looks += 1) {
      count(700, 600, '1-new');
      settle();
    }
    assert.deepEqual(
      [losses.limited, losses.unread],
      [100, 600],
      'of a table that is new all is of this one',
    );
  });

  it('goes on where a table is made anew, and stays when its namespace goes', async () => {
    await adopted();
    count(100, 90);
    losses.read(FILE, 'denied', 90);
    count(10, 5);
    losses.read(FILE, 'denied', 2);
    settle();
    count(10, 5);
    settle();
    assert.deepEqual([losses.limited, losses.unread], [15, 3]);
    losses.forget(FILE);
    assert.deepEqual([losses.limited, losses.unread], [15, 3]);
    settle();
    count(4, 4);
    losses.read(FILE, 'denied', 4);
    settle();
    settle();
    assert.deepEqual([losses.limited, losses.unread], [15, 3]);
  });

  it('is nothing of tables that tell no flows', () => {
    losses.count(FILE, 'swarmwall_host', { denied: 7 });
    settle();
    assert.deepEqual([losses.limited, losses.unread], [0, 0]);
  });
});
