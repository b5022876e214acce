import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { createFlowPlaces } from '../../../../rules/map/flow-place.ts';
import { createFlowTotals } from '../../../../rules/map/flow-totals.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const placeOf = createFlowPlaces([]);

function seen(part: Partial<FlowRecord> & { readonly from?: string; readonly to?: string } = {}): FlowRecord {
  const { from = 'shop/web', to = 'shop/db', ...rest } = part;
  return {
    ...{
      first: NOW,
      last: NOW,
      node: 'n1',
      network: 'shop',
      direction: 'local',
      protocol: 'tcp',
      port: 5432,
    },
    source: { kind: 'service', address: '10.0.0.2', service: from },
    destination: { kind: 'service', address: '10.0.0.3', service: to },
    ...{ verdict: 'allowed', mode: 'enforce', connections: 1, packets: 2, bytes: 300 },
    ...rest,
  };
}

describe('totals of flows', () => {
  it('count a connection once that both its nodes tell of', () => {
    const totals = createFlowTotals();
    totals.add(seen({ direction: 'egress', node: 'n1', connections: 4, bytes: 400 }), placeOf);
    totals.add(seen({ direction: 'ingress', node: 'n2', connections: 3, bytes: 500 }), placeOf);
    const [total, ...others] = totals.since(NOW - HOUR);
    assert.equal(others.length, 0);
    assert.equal(total?.connections, 4);
    assert.equal(total?.bytes, 500);
  });

  it('leave out what was before the time that is asked for', () => {
    const totals = createFlowTotals();
    totals.add(seen({ last: NOW - 30 * HOUR }), placeOf);
    totals.add(seen({ last: NOW - 3 * HOUR }), placeOf);
    totals.add(seen({ last: NOW }), placeOf);
    totals.forgetBefore(NOW - 7 * 24 * HOUR);
    const sum = (since: number) => totals.since(since).reduce((all, { connections }) => all + connections, 0);
    assert.deepEqual([sum(NOW - HOUR), sum(NOW - 5 * HOUR), sum(NOW - 48 * HOUR)], [1, 2, 3]);
    totals.forgetBefore(NOW - HOUR);
    assert.equal(sum(NOW - 48 * HOUR), 1);
  });

  it('hold no more than their bounds, and say what they gave up', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(500)), { maxLength: 300 }), (records) => {
        const totals = createFlowTotals({ slots: 40, records: 10 });
        for (const [service, minute] of records)
          totals.add(seen({ from: `shop/s${service}`, last: NOW - minute * 60_000 }), placeOf);
        const kept = totals.since(0);
        const distinct = new Set(records.map(([service]) => service)).size;
        assert.ok(kept.length <= 40);
        assert.ok(totals.forgotten > 0 || kept.length === distinct);
        assert.ok(totals.recent(() => true, 1_000).length <= 10);
        assert.equal(totals.version, records.length);
      }),
    );
  });

  it('tell the newest flows of a pair first', () => {
    const totals = createFlowTotals();
    for (const ago of [3, 1, 2]) totals.add(seen({ last: NOW - ago }), placeOf);
    totals.add(seen({ to: 'shop/api' }), placeOf);
    const found = totals.recent(({ to }) => to === 'service shop/db', 2);
    assert.deepEqual(
      found.map(({ record }) => NOW - record.last),
      [1, 2],
    );
  });
});

describe("places of flows' ends", () => {
  it('are few: a service, the smallest named block, or a word', () => {
    const place = createFlowPlaces(['world', '198.51.100.0/24', '198.51.0.0/16', '::/0', 'api.example.com']);
    const world = (address: string) => place({ kind: 'world', address });
    assert.equal(world('198.51.100.9'), 'outside 198.51.100.0/24');
    assert.equal(world('198.51.7.9'), 'outside 198.51.0.0/16');
    assert.equal(world('8.8.8.8'), 'outside world');
    assert.equal(world('2001:db8::1'), 'outside ::/0');
    assert.equal(world('<script>'), 'outside world');
    assert.equal(place({ kind: 'node', address: '192.0.2.1' }), 'outside nodes');
    assert.equal(place({ kind: 'unknown', address: '10.0.0.9' }), 'outside unknown addresses');
    assert.equal(
      place({ kind: 'service', address: '10.0.0.9', stack: 'my_shop', service: 'my_shop_web' }),
      'service my_shop/web',
    );
    assert.equal(
      place({ kind: 'service', address: '10.0.0.9', service: '__proto__/x' }),
      'service __proto__/x',
    );
  });
});
