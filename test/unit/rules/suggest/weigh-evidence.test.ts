import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { createEdgeCollector } from '../../../../rules/suggest/collect-edges.ts';
import { endName } from '../../../../rules/suggest/observed-edge.ts';
import { THRESHOLDS, weighEvidence } from '../../../../rules/suggest/weigh-evidence.ts';
import { flow, MINUTE, START, type Talk, traffic } from './observed.ts';

const talk: Talk = { from: { service: 's/web' }, to: { service: 's/api' }, protocol: 'tcp', port: 80 };
const other: Talk = { ...talk, from: { service: 's/job' }, port: 81 };

function weighed(records: readonly FlowRecord[], trusted: readonly string[] = []): string[] {
  const collector = createEdgeCollector();
  for (const record of records) collector.add(record);
  return weighEvidence(collector.edges(), { ...THRESHOLDS, trusted: new Set(trusted) }).map(
    ({ edge, doubt }) => `${endName(edge.source)} ${edge.port ?? ''} ${doubt ?? 'traffic'}`,
  );
}

const at = (minute: number) => ({ first: START + minute * MINUTE });
/** To this many ports in one minute. */
const burst = (count: number, minute: number, more: Partial<FlowRecord> = {}) =>
  Array.from({ length: count }, (_, index) =>
    flow({ ...talk, port: 1000 + index }, { ...at(minute), packets: 5, bytes: 300, ...more }),
  );

describe('evidence', () => {
  it('is what comes again and again', () => {
    assert.deepEqual(weighed(traffic(talk)), ['s/web 80 traffic']);
  });

  it('is not one visit, however many connections it makes in its minute', () => {
    assert.deepEqual(weighed([flow(talk, { connections: 50, packets: 1000, bytes: 90_000 })]), [
      's/web 80 rare',
    ]);
  });

  it('counts a connection once, though both nodes tell of it', () => {
    const both = [0, 1].flatMap((minute) => [
      flow(talk, at(minute)),
      flow(talk, { ...at(minute), direction: 'ingress', node: 'n2' }),
    ]);
    assert.deepEqual(weighed(both), ['s/web 80 rare']);
  });

  it('counts connections on a node beside those between nodes', () => {
    const three = [flow(talk, at(0)), flow(talk, { ...at(1), direction: 'local' }), flow(talk, at(2))];
    const ends = three.filter(({ direction }) => direction === 'egress');
    const both = [...three, ...ends.map((each) => ({ ...each, direction: 'ingress' as const, node: 'n2' }))];
    assert.deepEqual(weighed(both), ['s/web 80 traffic']);
    assert.deepEqual(weighed(both.filter(({ direction }) => direction !== 'local')), ['s/web 80 rare']);
  });

  it('is not what nobody answered', () => {
    assert.deepEqual(weighed([...traffic(talk, { packets: 2, bytes: 100 }), ...traffic(other)]), [
      's/web 80 unanswered',
      's/job 81 traffic',
    ]);
  });

  it('is one connection that carries much, or that stays open', () => {
    const long = flow(talk, { packets: 5_000, bytes: 4_000_000 });
    const open = flow(other, { packets: 0, bytes: 0 });
    const later = flow({ ...other, port: 82 }, at(30));
    assert.deepEqual(weighed([long, open, later]), ['s/web 80 traffic', 's/job 81 traffic', 's/job 82 rare']);
  });

  it('is no packet that nobody answered, however long ago', () => {
    const once = { packets: 1, bytes: 60 };
    const sweep = burst(12, 0, once).map((each) => ({ ...each, protocol: 'udp' }));
    const found = weighed([...sweep, flow({ ...other, protocol: 'udp' }, once), ...traffic(talk)]);
    assert.deepEqual(
      found.filter((each) => !each.endsWith(' scan')),
      ['s/job 81 rare', 's/web 80 traffic'],
    );
  });

  it('is not lasting since somebody was denied', () => {
    const before = flow(other, { verdict: 'denied', connections: 0, packets: 77, bytes: 60 });
    const open = flow(other, { ...at(20), packets: 0, bytes: 0 });
    assert.deepEqual(weighed([before, open, ...traffic(talk)]), ['s/job 81 rare', 's/web 80 traffic']);
    const collector = createEdgeCollector();
    for (const record of [before, open]) collector.add(record);
    const [edge] = collector.edges().edges;
    assert.deepEqual([edge?.denied, edge?.first, edge?.last], [77, open.first, open.last]);
  });

  it('concludes nothing from packets that are told of no connection', () => {
    const silent = (each: Talk) => flow(each, { packets: 0, bytes: 0 });
    assert.deepEqual(weighed([silent(talk), flow(other, { ...at(30), packets: 0, bytes: 0 })]), [
      's/web 80 rare',
      's/job 81 rare',
    ]);
  });

  it('is nothing that was denied, and all that only audit let pass', () => {
    assert.deepEqual(weighed(traffic(talk, { verdict: 'denied' })), ['s/web 80 denied']);
    assert.deepEqual(weighed(traffic(talk, { verdict: 'would-deny', mode: 'audit' })), ['s/web 80 traffic']);
  });

  it('is nothing of a scan, though it comes back', () => {
    const scans = [0, 10, 20, 30].flatMap((minute) => burst(10, minute));
    assert.ok(weighed(scans).every((each) => each.endsWith(' scan')));
    assert.ok(weighed(scans, ['s/web']).every((each) => each.endsWith(' traffic')));
    const fewer = [0, 10, 20, 30].flatMap((minute) => burst(9, minute));
    assert.ok(weighed(fewer).every((each) => each.endsWith(' traffic')));
  });

  it('finds a scan that crosses from one minute into the next', () => {
    const halves = [0, 10, 20].flatMap((minute) => [...burst(5, minute), ...burst(10, minute + 1).slice(5)]);
    assert.ok(weighed(halves).every((each) => each.endsWith(' scan')));
  });

  it('takes a service that exchanges much with many for what it is', () => {
    const gateway = [0, 10, 20].flatMap((minute) => burst(30, minute, { packets: 40, bytes: 20_000 }));
    assert.ok(weighed(gateway).every((each) => each.endsWith(' traffic')));
  });

  it('keeps what a scanning service does besides, outside of its scans', () => {
    const records = [...traffic(talk), ...burst(200, 40, { packets: 2, bytes: 90 })];
    assert.ok(weighed(records).includes('s/web 80 traffic'));
    assert.equal(weighed(records).filter((each) => each.endsWith('traffic')).length, 1);
  });

  it('stays within its bounds, and says what it left out', () => {
    const collector = createEdgeCollector({ edges: 30, ofOneSource: 20 });
    for (const record of burst(50, 0)) collector.add(record);
    const { edges, beyond, records, sprawling } = collector.edges();
    assert.deepEqual([edges.length, beyond, records, [...sprawling]], [20, 30, 50, ['service s/web']]);
  });
});
