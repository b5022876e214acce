import assert from 'node:assert/strict';
import type { FlowLine } from '../../../../plugin/api/types.ts';
import { LIMITS } from '../../../../plugin/config.ts';
import { createFlowHub, pastAndLive, type NodePast } from '../../../../plugin/controller/flow-hub.ts';
import type { FlowQuery } from '../../../../rules/flows/flow-record.ts';
import { aFlow } from '../../rules/flows/a-flow.ts';

const setUp = (pasts: readonly NodePast[] = []) => {
  const asked: FlowQuery[] = [];
  const hub = createFlowHub({
    askNodes: (query) => {
      asked.push(query);
      return Promise.resolve(pasts);
    },
    losses: () => [],
  });
  return { hub, asked };
};

async function take(lines: AsyncIterable<FlowLine>, count: number): Promise<FlowLine[]> {
  const found: FlowLine[] = [];
  for await (const line of lines) {
    found.push(line);
    if (found.length === count) break;
  }
  return found;
}

const portsOf = (lines: readonly FlowLine[]) =>
  lines.map((line) => ('notice' in line ? line.notice : line.port));
const at = (port: number, changes = {}) => aFlow({ port, first: port, last: port, ...changes });

describe('the hub of flows', () => {
  it('keeps the last ones in memory, bounded', () => {
    const { hub } = setUp();
    const all = Array.from({ length: 2.5 * LIMITS.flowsRecent }, (_, index) => aFlow({ first: index }));
    for (let index = 0; index < all.length; index += 1_000) hub.add(all.slice(index, index + 1_000));
    const kept = hub.recent({});
    assert.equal(kept.length, LIMITS.flowsRecent);
    assert.equal(kept.at(-1)?.first, all.length - 1);
    assert.deepEqual(
      hub.recent({ limit: 2 }).map(({ first }) => first),
      [all.length - 2, all.length - 1],
    );
    assert.deepEqual(hub.recent({ limit: 0 }), []);
    assert.deepEqual(hub.recent({ to: 'nobody' }), []);
  });

  it('tells followers what they asked for, and what is lost', async () => {
    const { hub } = setUp();
    const lines = hub.follow({ port: 2 });
    hub.add([at(1), at(2)]);
    hub.notice({ notice: 'lost', message: 'some' });
    hub.add([at(2)]);
    assert.deepEqual(portsOf(await take(lines, 3)), [2, 'lost', 2]);
  });

  it('ends a follower that aborts, or reads no further, and has room for another', async () => {
    const { hub } = setUp();
    const ending = new AbortController();
    for (let count = 0; count < LIMITS.flowFollowers - 1; count += 1)
      hub.follow({}, new AbortController().signal);
    const last = hub.follow({});
    assert.throws(() => hub.follow({}), { code: 'too-many' });
    hub.add([at(1)]);
    await take(last, 1);
    const waiting = hub.follow({}, ending.signal);
    ending.abort();
    assert.deepEqual(portsOf(await take(waiting, 9)), []);
    hub.follow({});
    assert.throws(() => hub.follow({}), { code: 'too-many' });
  });

  it('drops the oldest for a follower that does not read, counts and says so', async () => {
    const { hub } = setUp();
    const lines = hub.follow({});
    for (let port = 1; port <= LIMITS.flowsUnread + 3; port += 1) hub.add([at(port)]);
    const [notice, first] = await take(lines, 2);
    assert.ok(notice && 'notice' in notice);
    assert.deepEqual([notice.notice, notice.count], ['lost', 3]);
    assert.deepEqual(portsOf(first ? [first] : []), [4]);
  });

  it('hands every record to who counts them', () => {
    const { hub } = setUp();
    let count = 0;
    const end = hub.subscribe((flows) => (count += flows.length));
    hub.add([at(1), at(2)]);
    end();
    hub.add([at(3)]);
    assert.equal(count, 2);
  });

  it('merges the past of all nodes with its memory, each record once, the newest of them', async () => {
    const { hub, asked } = setUp([
      { node: 'a', flows: [at(1, { node: 'a' }), at(4, { node: 'a' })] },
      { node: 'b', flows: [at(2, { node: 'b' })] },
      { node: 'c', flows: [], error: 'its agent is not connected' },
      { node: 'd', flows: [at(3, { node: 'd' })], error: 'too long' },
    ]);
    hub.add([at(4, { node: 'a' }), at(5, { node: 'c' })]);
    const lines = await hub.past({ limit: 4, until: 9 });
    assert.deepEqual(portsOf(lines), ['no-answer', 'cut', 2, 3, 4, 5]);
    assert.deepEqual(asked, [{ limit: 4, until: 9 }]);
  });

  it('answers so many questions at once, and no more', async () => {
    const hub = createFlowHub({ askNodes: () => new Promise(() => undefined), losses: () => [] });
    for (let count = 0; count < LIMITS.flowQuestions; count += 1) void hub.past({});
    await assert.rejects(hub.past({}), { code: 'too-many' });
  });

  it('goes on from the past without telling anything twice', async () => {
    const { hub } = setUp([{ node: 'a', flows: [at(1), at(2)] }]);
    const live = hub.follow({});
    hub.add([at(2), at(3)]);
    assert.deepEqual(portsOf(await take(pastAndLive(hub.past({}), live), 3)), [1, 2, 3]);
  });
});
