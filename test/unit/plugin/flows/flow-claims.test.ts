import assert from 'node:assert/strict';
import { LIMITS, TIMES } from '../../../../plugin/config.ts';
import { createFlowClaims } from '../../../../plugin/controller/flow-claims.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { aFlow, serviceEnd } from '../../rules/flows/a-flow.ts';
import { FakeClock } from '../fake-clock.ts';

const setUp = () => {
  const clock = new FakeClock();
  const known = new Set(['shop/web', 'shop/db']);
  const placed = new Set(['n1 shop/web']);
  const taken: FlowRecord[] = [];
  const claims = createFlowClaims(
    clock,
    {
      knows: (service) => known.has(service),
      runsOn: (node, service) => placed.has(`${node} ${service}`),
    },
    (_, flows) => taken.push(...flows),
  );
  return { clock, placed, claims, taken };
};

const web = serviceEnd('shop/web');
const db = serviceEnd('shop/db');
const sent = aFlow({ direction: 'egress', source: web, destination: db });
const received = aFlow({ direction: 'ingress', source: web, destination: db });

describe('what a node says of services', () => {
  it('is believed of those that managers placed on it, and of those they know nothing of', () => {
    const { claims, taken } = setUp();
    const compose = aFlow({
      direction: 'local',
      source: serviceEnd('my /x'),
      destination: serviceEnd('my /y'),
    });
    const outside = aFlow({ direction: 'egress', source: { kind: 'unknown', address: '10.0.0.9' } });
    claims.offer('n1', [sent, compose, outside]);
    assert.deepEqual(taken, [sent, compose, outside]);
  });

  it('is refused of another node’s, and counted', async () => {
    const { clock, claims, taken } = setUp();
    claims.offer('n1', [received, sent]);
    claims.offer('n2', [sent]);
    await clock.pass(3 * TIMES.flowDoubt);
    assert.deepEqual(taken, [sent]);
    assert.deepEqual([claims.refused('n1'), claims.refused('n2'), claims.refused('n3')], [1, 1, 0]);
  });

  it('waits for a task that managers have not heard of yet', async () => {
    const { clock, placed, claims, taken } = setUp();
    claims.offer('n2', [received]);
    await clock.pass(TIMES.flowDoubt / 2);
    claims.lookAgain();
    assert.deepEqual(taken, []);
    placed.add('n2 shop/db');
    claims.lookAgain();
    assert.deepEqual(taken, [received]);
    assert.equal(claims.refused('n2'), 0);
  });

  it('is believed of a task that has just gone', () => {
    const { placed, claims, taken } = setUp();
    claims.offer('n1', [sent]);
    placed.clear();
    claims.offer('n1', [sent]);
    assert.equal(taken.length, 2);
  });

  it('does not pile up', async () => {
    const { clock, claims, taken } = setUp();
    claims.offer(
      'n2',
      Array.from({ length: LIMITS.flowsDoubted + 9 }, () => sent),
    );
    assert.equal(claims.refused('n2'), 9);
    await clock.pass(3 * TIMES.flowDoubt);
    assert.equal(claims.refused('n2'), LIMITS.flowsDoubted + 9);
    assert.deepEqual(taken, []);
  });
});
