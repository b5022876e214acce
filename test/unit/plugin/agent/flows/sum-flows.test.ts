import assert from 'node:assert/strict';
import { createPace } from '../../../../../plugin/agent/flows/pace.ts';
import type { SeenFlow } from '../../../../../plugin/agent/flows/reader-line.ts';
import { type FlowSum, sumFlows } from '../../../../../plugin/agent/flows/sum-flows.ts';
import { FakeClock } from '../../fake-clock.ts';

const network = { id: 'n', name: 'back' };
const seen = (more: Partial<SeenFlow> = {}): SeenFlow => ({
  ...{
    kind: 'flow',
    watch: 1,
    verdict: 'denied',
    way: 'leaves',
    source: '10.0.0.2',
    destination: '10.0.0.3',
  },
  ...{ protocol: 6, port: 80, count: 1, packets: 1, bytes: 60, first: 1_000, last: 1_000 },
  ...more,
});

describe('sums of flows', () => {
  function set() {
    const clock = new FakeClock();
    const batches: (readonly FlowSum[])[] = [];
    const sums = sumFlows(
      clock,
      createPace(() => clock.elapsed()),
      (ready) => batches.push(ready),
    );
    return { clock, sums, batches, all: () => batches.flat() };
  }

  it('are one for the same ends, port and verdict in a tenth of a second, and as soon as that', async () => {
    const { clock, sums, all } = set();
    sums.add(network, seen());
    sums.add(network, seen({ last: 1_040 }));
    sums.add(network, seen({ port: 81 }));
    await clock.pass(100);
    assert.deepEqual(
      all().map(({ port, packets, bytes, connections, first, last }) => ({
        ...{ port, packets, bytes, connections, first, last },
      })),
      [
        { port: 80, packets: 2, bytes: 120, connections: 0, first: 1_000, last: 1_040 },
        { port: 81, packets: 1, bytes: 60, connections: 0, first: 1_000, last: 1_000 },
      ],
    );
    sums.add(network, seen());
    await clock.pass(200);
    assert.equal(all().length, 3, 'and again');
  });

  it('count an allowed connection when it begins, its packets when it ends', async () => {
    const { clock, sums, all } = set();
    sums.add(network, seen({ verdict: 'allowed', count: 3 }));
    await clock.pass(300);
    sums.add(network, seen({ kind: 'end', verdict: 'allowed', count: 3, packets: 30, bytes: 4_000 }));
    await clock.pass(300);
    assert.deepEqual(
      all().map(({ connections, packets, bytes }) => [connections, packets, bytes]),
      [
        [3, 0, 0],
        [0, 30, 4_000],
      ],
    );
  });

  it('of a flow that goes on are fewer when there are many, and those of a new one still come at once', async () => {
    const { clock, sums, all } = set();
    for (let port = 1; port <= 16_000; port++) {
      sums.add(network, seen({ port }));
      if (port % 8_000 === 0) await clock.pass(800);
    }
    assert.equal(all().length, 16_000);
    for (let second = 0; second < 50; second++) {
      sums.add(network, seen());
      await clock.pass(1_000);
    }
    const again = all().slice(16_000);
    assert.equal(again.length, 0, 'summed up for a minute');
    sums.add(network, seen({ port: 20_000 }));
    await clock.pass(100);
    assert.equal(all().at(-1)?.port, 20_000);
    await clock.pass(60_000);
    assert.equal(all().at(-1)?.packets, 50);
  });

  it('are bounded, whatever comes, and what is in none is counted exactly', async () => {
    const { clock, sums, all } = set();
    let packets = 0;
    for (let round = 0; round < 40; round++) {
      for (let port = 1; port <= 2_000; port++) {
        sums.add(
          network,
          seen({ port: ((round * 2_000 + port) % 65_535) + 1, source: `10.0.${String(round)}.1` }),
        );
        packets += 1;
      }
      await clock.pass(100);
    }
    await clock.pass(61_000);
    const summed = all().reduce((sum, each) => sum + each.packets, 0);
    assert.equal(summed + sums.crowded.packets, packets);
    assert.ok(sums.crowded.packets > 50_000 && all().length < 25_000, String(all().length));
  });

  it('that are in none are counted by connections where these pass, when they begin and when they end', async () => {
    const { clock, sums, all } = set();
    const ports = Array.from({ length: 30_000 }, (_, port) => port + 1);
    for (const port of ports) {
      sums.add(network, seen({ port, verdict: 'allowed', count: 2 }));
      sums.add(network, seen({ port, verdict: 'allowed', kind: 'end', count: 1, packets: 7, bytes: 700 }));
      if (port % 5_000 === 0) await clock.pass(100);
    }
    await clock.pass(2_000);
    const begun = all().reduce((sum, { connections }) => sum + connections, 0);
    const packets = all().reduce((sum, each) => sum + each.packets, 0);
    assert.equal(begun + sums.crowded.packets, 60_000);
    assert.equal(packets + 7 * sums.crowded.ends, 210_000);
    assert.ok(sums.crowded.ends > 5_000, String(sums.crowded.ends));
  });

  it('wait for nothing when they are asked for', () => {
    const { sums, all } = set();
    sums.add(network, seen());
    sums.flush();
    assert.equal(all().length, 1);
  });
});
