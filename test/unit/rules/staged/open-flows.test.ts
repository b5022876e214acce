import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createOpenFlows } from '../../../../rules/staged/open-flows.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { aFlow } from '../flows/a-flow.ts';

const open = (...flows: readonly Partial<FlowRecord>[]): readonly string[] => {
  const known = createOpenFlows(100);
  for (const changes of flows) known.note(aFlow({ verdict: 'allowed', ...changes }));
  return known.names();
};
const begun = (at: number, changes: Partial<FlowRecord> = {}) => ({
  ...{ first: at, last: at, connections: 1, packets: 0 },
  ...changes,
});
const ended = (at: number, changes: Partial<FlowRecord> = {}) => ({
  ...{ first: at, last: at, connections: 0, packets: 9 },
  ...changes,
});
const NAME = ['voting/attacker → voting/db:5432/tcp'];

describe('connections that may still be open', () => {
  it('are those that began and did not end since on that node, in whatever order it is told', () => {
    assert.deepEqual(open(begun(5)), NAME);
    assert.deepEqual(open(begun(5), ended(9)), []);
    assert.deepEqual(open(ended(9), begun(5)), []);
    assert.deepEqual(open(ended(3), begun(5)), NAME);
    assert.deepEqual(open(begun(5), ended(9, { node: 'node2' })), NAME);
    assert.deepEqual(open(begun(5), ended(9, { port: 80 })), NAME);
  });

  it('are none of what was denied, of the world, and of those that were over in the same record', () => {
    assert.deepEqual(open(begun(5, { verdict: 'denied' })), []);
    assert.deepEqual(open(begun(5, { source: { kind: 'world', address: '203.0.113.9' } })), []);
    assert.deepEqual(open({ first: 5, last: 8, connections: 2, packets: 20 }), []);
  });
});
