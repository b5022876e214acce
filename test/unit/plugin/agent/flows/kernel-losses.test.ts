import assert from 'node:assert/strict';
import { countKernelLosses, type KernelLosses } from '../../../../../plugin/agent/flows/kernel-losses.ts';
import { FakeClock } from '../../fake-clock.ts';

const FILE = '1-n1';
const TABLE = 'swarmwall';

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
