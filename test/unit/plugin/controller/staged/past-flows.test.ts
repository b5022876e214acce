import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readPast, type PastQuestion } from '../../../../../plugin/controller/staged/past-flows.ts';
import type { FlowQuery, FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { matchesFlow } from '../../../../../rules/flows/match-flow.ts';
import { aFlow } from '../../../rules/flows/a-flow.ts';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

const at = (last: number, changes: Partial<FlowRecord> = {}): FlowRecord =>
  aFlow({ first: last - 50, last, ...changes });

/** As an agent answers: the newest that fit, oldest first. */
function newest(log: readonly FlowRecord[], query: FlowQuery): readonly FlowRecord[] {
  return log.filter((flow) => matchesFlow(query, flow)).slice(-(query.limit ?? 0));
}

async function read(logs: Readonly<Record<string, readonly FlowRecord[]>>, ask?: PastQuestion['ask']) {
  const taken: number[] = [];
  const queries: FlowQuery[] = [];
  const gaps = await readPast({
    nodes: Object.keys(logs).map((id) => ({ id, hostname: `host-${id}` })),
    ask: (id, query) => {
      queries.push(query);
      return ask?.(id, query) ?? Promise.resolve({ node: id, flows: newest(logs[id] ?? [], query) });
    },
    ...{ since: NOW - 7 * DAY, until: NOW },
    take: ({ last }) => taken.push(last),
  });
  return { taken: taken.sort((a, b) => a - b), gaps, queries };
}

describe('flows of the past', () => {
  it('are read of every node, each once, over the bounds of the steps', async () => {
    const times = [
      NOW - 8 * DAY,
      NOW - 6 * DAY,
      NOW - DAY,
      NOW - DAY + 20,
      NOW - 3_600_000 + 10,
      NOW - 1,
      NOW,
    ];
    const log = times.map((time) => at(time));
    const { taken, gaps } = await read({ a: log, b: [at(NOW - 5, { node: 'b' })] });
    assert.deepEqual(
      taken,
      [...times.slice(1, -1), NOW - 5].sort((x, y) => x - y),
    );
    assert.deepEqual(gaps, []);
  });

  it('that are more than one answer holds come in several, each once', async () => {
    const log = Array.from({ length: 45_000 }, (_, n) => at(NOW - 3_600_000 + n * 79, { port: n + 1 }));
    const { taken, gaps, queries } = await read({ a: log });
    assert.equal(taken.length, 45_000);
    assert.equal(new Set(taken).size, 45_000);
    assert.deepEqual(gaps, []);
    assert.ok(queries.length < 10);
  });

  it('that waited a minute for their record are missed at no page’s end', async () => {
    const log = Array.from({ length: 65_000 }, (_, n) =>
      at(NOW - 3_600_000 + n * 51 - (n % 50 === 0 ? 60_001 : 0)),
    );
    const { taken, gaps } = await read({ a: log });
    assert.deepEqual([new Set(taken).size, taken.length, gaps], [65_000, 65_000, []]);
  });

  it('that no answer can hold are a gap, from a moment on', async () => {
    const log = Array.from({ length: 40_000 }, (_, n) => at(NOW - 10, { port: n + 1 }));
    const { gaps } = await read({ a: log });
    assert.deepEqual(
      gaps.map(({ node, why }) => [node, why]),
      [['host-a', 'it has more flows of one moment than can be asked for']],
    );
  });

  it('of a node that does not answer are a gap; what it told before counts', async () => {
    const { taken, gaps } = await read({ a: [at(NOW - 5), at(NOW - 2 * DAY)], b: [] }, (id, query) =>
      Promise.resolve(
        id === 'b'
          ? { node: id, flows: [], error: 'its agent is not connected' }
          : (query.since ?? 0) < NOW - DAY
            ? { node: id, flows: [], error: 'its log is too long' }
            : { node: id, flows: newest([at(NOW - 5)], query) },
      ),
    );
    assert.deepEqual(taken, [NOW - 5]);
    assert.deepEqual(gaps, [
      { node: 'host-a', before: NOW - DAY, why: 'its log is too long' },
      { node: 'host-b', before: NOW, why: 'its agent is not connected' },
    ]);
  });
});
