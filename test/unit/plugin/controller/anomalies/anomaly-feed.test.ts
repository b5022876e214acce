import assert from 'node:assert/strict';
import type { AnomalyLine } from '../../../../../plugin/api/types.ts';
import { createAnomalyFeed } from '../../../../../plugin/controller/anomalies/anomaly-feed.ts';
import { LIMITS } from '../../../../../plugin/config.ts';
import type { Anomaly } from '../../../../../rules/anomalies/anomaly.ts';

const anomaly = (at: number): Anomaly => ({
  ...{ kind: 'deny-burst', at, summary: `at ${at}`, nodes: ['one'] },
  source: { kind: 'service', name: 'a/b', addresses: [] },
  evidence: {
    ...{ count: 1, threshold: 1, unit: 'refusals', windowSeconds: 10, first: at, last: at },
    samples: [],
  },
});

describe('the feed of anomalies', () => {
  const asked = (text: string) => new URLSearchParams(text);
  const never = new AbortController().signal;
  const told = async (lines: AsyncIterable<AnomalyLine>, most = Infinity): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const line of lines) {
      found.push('notice' in line ? `lost ${line.count}` : String(line.at));
      if (found.length >= most) break;
    }
    return found;
  };

  it('has what was told before, and from a time on', async () => {
    const feed = createAnomalyFeed([anomaly(1), anomaly(2)]);
    feed.tell(anomaly(3));
    assert.deepEqual(await told(await feed.lines(asked(''), never)), ['1', '2', '3']);
    assert.deepEqual(await told(await feed.lines(asked('since=2'), never)), ['2', '3']);
    assert.deepEqual(await told(await feed.lines(asked('since=9'), never)), []);
  });

  it('goes on with what is told, to each who follows', async () => {
    const feed = createAnomalyFeed([anomaly(1)]);
    const live = told(await feed.lines(asked('follow=1'), never), 2);
    const both = told(await feed.lines(asked('follow=1&since=0'), never), 3);
    feed.tell(anomaly(2));
    await new Promise((resolve) => setImmediate(resolve));
    feed.tell(anomaly(3));
    assert.deepEqual(await live, ['2', '3']);
    assert.deepEqual(await both, ['1', '2', '3']);
  });

  it('keeps so many, and says to who reads too slowly how many are missing', async () => {
    const feed = createAnomalyFeed([]);
    const lines = await feed.lines(asked('follow=1'), never);
    for (let at = 0; at < LIMITS.anomaliesKept + 7; at += 1) feed.tell(anomaly(at));
    assert.equal(feed.recent().length, LIMITS.anomaliesKept);
    assert.deepEqual(await told(lines, 2), ['lost 7', '7']);
  });

  it('ends with the signal, and lets so many follow', async () => {
    const feed = createAnomalyFeed([]);
    const clients = Array.from({ length: LIMITS.flowFollowers }, () => new AbortController());
    const following: Promise<readonly string[]>[] = [];
    for (const { signal } of clients) following.push(told(await feed.lines(asked('follow=1'), signal)));
    await assert.rejects(feed.lines(asked('follow=1'), never), { code: 'too-many' });
    for (const client of clients) client.abort();
    assert.deepEqual(
      await Promise.all(following),
      following.map(() => []),
    );
    const again = await feed.lines(asked('follow=1'), AbortSignal.abort());
    assert.deepEqual(await told(again), []);
  });

  it('names what it does not know', async () => {
    await assert.rejects(createAnomalyFeed([]).lines(asked('since=now&follow=2&x=1'), never), {
      code: 'bad-query',
      message: 'these are no parameters of anomalies: since=now, follow=2, x=1',
    });
  });
});
