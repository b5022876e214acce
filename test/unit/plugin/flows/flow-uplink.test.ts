import assert from 'node:assert/strict';
import { createFlowUplink, type FlowLink } from '../../../../plugin/agent/flows/flow-uplink.ts';
import { LIMITS } from '../../../../plugin/config.ts';
import {
  FLOW_BATCHES_AHEAD,
  MAX_FLOWS,
  type AgentMessage,
  type FlowBatch,
  type FlowHistory,
} from '../../../../plugin/protocol.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { aFlow, serviceEnd } from '../../rules/flows/a-flow.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeFlows } from './fake-flows.ts';

class FakeManager implements FlowLink {
  readonly said: AgentMessage[] = [];
  send(message: AgentMessage): void {
    this.said.push(message);
  }
  get batches(): readonly FlowBatch[] {
    return this.said.filter((message) => message.type === 'flows');
  }
  get parts(): readonly FlowHistory[] {
    return this.said.filter((message) => message.type === 'flow-history');
  }
}

const setUp = () => {
  const clock = new FakeClock();
  const flows = new FakeFlows();
  const manager = new FakeManager();
  const uplink = createFlowUplink(flows, clock);
  uplink.up(manager);
  return { clock, flows, manager, uplink };
};

const numbered = (count: number): FlowRecord[] =>
  Array.from({ length: count }, (_, port) => aFlow({ port: port % 65_536, first: port }));

describe("the agent's flows on their way to managers", () => {
  it('go together, soon, with what was lost', async () => {
    const { clock, flows, manager } = setUp();
    flows.lost = { ...flows.lost, unread: 3 };
    flows.see(aFlow({ port: 1 }));
    flows.see(aFlow({ port: 2 }));
    assert.deepEqual(manager.said, []);
    await clock.pass(100);
    const [batch, ...others] = manager.batches;
    assert.deepEqual(others, []);
    assert.deepEqual(
      batch?.flows.map(({ port }) => port),
      [1, 2],
    );
    assert.deepEqual([batch?.batch, batch?.dropped, batch?.losses.unread], [1, 0, 3]);
  });

  it('go to each manager', async () => {
    const { clock, flows, manager, uplink } = setUp();
    const other = new FakeManager();
    uplink.up(other);
    flows.see(aFlow());
    await clock.pass(100);
    assert.equal(manager.batches.length, 1);
    assert.equal(other.batches.length, 1);
  });

  it('wait for a manager that takes none, bounded, and every loss is counted', async () => {
    const { clock, flows, manager, uplink } = setUp();
    const ahead = FLOW_BATCHES_AHEAD * MAX_FLOWS;
    const all = numbered(ahead + LIMITS.flowQueue + 7);
    for (let at = 0; at < ahead; at += MAX_FLOWS) {
      flows.see(...all.slice(at, at + MAX_FLOWS));
      await clock.pass(100);
    }
    flows.see(...all.slice(ahead));
    await clock.pass(10_000);
    assert.equal(manager.batches.length, FLOW_BATCHES_AHEAD);
    for (let batch = 1; manager.batches.length >= batch; batch += 1) {
      uplink.take(manager, { type: 'flows-taken', batch });
      await clock.pass(200);
    }
    const got = manager.batches.flatMap((batch) => batch.flows);
    assert.equal(manager.batches.at(-1)?.dropped, 7);
    assert.equal(got.length, all.length - 7);
    assert.equal(got.at(-1)?.first, all.length - 1, 'the newest are kept');
  });

  it('are not let go by a manager that says it took what it never got', async () => {
    const { clock, flows, manager, uplink } = setUp();
    uplink.take(manager, { type: 'flows-taken', batch: 1_000_000 });
    flows.see(...numbered(20 * MAX_FLOWS));
    await clock.pass(10_000);
    assert.equal(manager.batches.length, FLOW_BATCHES_AHEAD);
  });

  it('never make a line that a controller would refuse', async () => {
    const { clock, flows, manager } = setUp();
    const long = serviceEnd(`shop/${'\u0001'.repeat(290)}`);
    flows.see(...numbered(MAX_FLOWS).map((flow) => ({ ...flow, source: long, destination: long })));
    await clock.pass(10_000);
    for (const batch of manager.batches)
      assert.ok(JSON.stringify(batch).length < LIMITS.agentLineBytes, 'a line is too long');
    assert.equal(manager.batches.flatMap((batch) => batch.flows).length, MAX_FLOWS);
  });

  it('end with the connection, and begin anew with the next', async () => {
    const { clock, flows, manager, uplink } = setUp();
    uplink.down(manager);
    flows.see(aFlow());
    await clock.pass(100);
    assert.deepEqual(manager.said, []);
    uplink.up(manager);
    flows.see(aFlow());
    await clock.pass(100);
    assert.equal(manager.batches[0]?.batch, 1);
    uplink.stop();
    assert.equal(flows.followed, 0);
  });
});

describe("what a manager asks of a node's past", () => {
  it('comes in parts, of which one is the last', async () => {
    const { clock, flows, manager, uplink } = setUp();
    flows.log.push(...numbered(MAX_FLOWS + 5));
    uplink.take(manager, { type: 'flow-query', id: 7, query: { limit: 5_000 } });
    await clock.pass(1);
    assert.deepEqual(
      manager.parts.map(({ id, flows: found, done }) => [id, found.length, done]),
      [
        [7, MAX_FLOWS, false],
        [7, 5, false],
        [7, 0, true],
      ],
    );
  });

  it('says why there is no more', async () => {
    const { clock, flows, manager, uplink } = setUp();

    flows.history = async function* broken() {
      throw await Promise.resolve(new Error('the disk is gone'));
    };
    uplink.take(manager, { type: 'flow-query', id: 1, query: { limit: 1 } });
    await clock.pass(1);
    assert.deepEqual(manager.parts, [
      { type: 'flow-history', id: 1, flows: [], done: true, error: 'the disk is gone' },
    ]);
  });

  it('is cut when it takes too long', async () => {
    const { clock, flows, manager, uplink } = setUp();
    flows.history = async function* endless() {
      for (;;) {
        yield* numbered(MAX_FLOWS);
        await clock.pass(3_000);
      }
    };
    uplink.take(manager, { type: 'flow-query', id: 1, query: { limit: 1 } });
    while (!manager.parts.some(({ done }) => done)) await new Promise((resolve) => setImmediate(resolve));
    assert.match(manager.parts.at(-1)?.error ?? '', /too long/u);
  });

  it('is not looked up for whoever asks too much at once', async () => {
    const { clock, flows, manager, uplink } = setUp();

    flows.history = async function* waiting() {
      await new Promise(() => undefined);
    };
    for (let id = 1; id <= 6; id += 1) uplink.take(manager, { type: 'flow-query', id, query: { limit: 1 } });
    await clock.pass(1);
    assert.deepEqual(
      manager.parts.map(({ id, error }) => [id, error]),
      [5, 6].map((id) => [id, 'it is asked too much at once']),
    );
  });
});
