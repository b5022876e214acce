import assert from 'node:assert/strict';
import { createDetector } from '../../../../rules/anomalies/detect.ts';
import { findSilentNodes, type NodePresence } from '../../../../rules/anomalies/silent-nodes.ts';
import { MEMORY, THRESHOLDS } from '../../../../rules/anomalies/thresholds.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { flow, service, START, world } from './flows.ts';

const web = service('shop/web');
const db = service('shop/db');
/** As an agent tells of it: nothing began. */
const denied = { verdict: 'denied', connections: 0 } as const;

function feed(records: readonly FlowRecord[], detector = createDetector()) {
  return records.flatMap((record) => detector.observe(record, record.last));
}

function many(count: number, make: (index: number) => FlowRecord): readonly FlowRecord[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const kinds = (found: readonly { readonly kind: string }[]): readonly string[] =>
  found.map(({ kind }) => kind);

describe('anomaly detectors', () => {
  describe('horizontal scans', () => {
    const scan = (count: number, every: number) =>
      many(count, (n) => flow(web, service(`shop/s${n}`), 80, START + n * every, denied));

    it('are told at the threshold, once', () => {
      assert.deepEqual(kinds(feed(scan(THRESHOLDS.horizontal - 1, 100))), []);
      assert.deepEqual(kinds(feed(scan(THRESHOLDS.horizontal + 3, 100))), ['horizontal-scan']);
    });

    it('are told when they take their time, too', () => {
      assert.deepEqual(kinds(feed(scan(THRESHOLDS.horizontalSlow - 1, 30_000))), []);
      assert.deepEqual(kinds(feed(scan(THRESHOLDS.horizontalSlow, 30_000))), ['horizontal-scan']);
    });

    it('are not one service with many tasks, nor many destinations that are allowed and known', () => {
      const tasks = many(20, (n) => flow(web, { ...db, address: `10.0.1.${n}` }, 5432, START + n, denied));
      assert.deepEqual(kinds(feed(tasks)), []);
      const scrapes = many(50, (n) => flow(service('mon/prom'), service(`shop/s${n}`), 9100, START + n));
      assert.deepEqual(kinds(feed(scrapes)), []);
    });

    it('are also of addresses that nobody has, and from the world', () => {
      const sweep = many(THRESHOLDS.horizontal, (n) =>
        flow(web, { kind: 'unknown', address: `10.0.9.${n}` }, 22, START + n, denied),
      );
      assert.deepEqual(kinds(feed(sweep)), ['horizontal-scan']);
      const outside = many(THRESHOLDS.horizontal, (n) =>
        flow(world(), service(`shop/s${n}`), 22, START + n, { ...denied, direction: 'ingress' }),
      );
      assert.equal(feed(outside)[0]?.source.name, '203.0.113.9');
    });

    it('are told again after the quiet time', () => {
      const detector = createDetector();
      assert.equal(feed(scan(8, 100), detector).length, 1);
      const later = scan(8, 100).map((record) => ({
        ...record,
        last: record.last + THRESHOLDS.quiet + 1_000,
      }));
      assert.equal(feed(later, detector).length, 1);
    });
  });

  describe('vertical scans', () => {
    it('are many refused ports of one destination', () => {
      const scan = (count: number) => many(count, (n) => flow(web, db, 1_000 + n, START + n * 10, denied));
      assert.deepEqual(kinds(feed(scan(THRESHOLDS.vertical - 1))), []);
      const [found] = feed(scan(THRESHOLDS.vertical));
      assert.equal(found?.kind, 'vertical-scan');
      assert.equal(found.destination?.name, 'shop/db');
      assert.ok(found.evidence.samples.includes('denied → shop/db:1009/tcp'));
    });

    it('are very many TCP ports, whatever the verdict', () => {
      const open = many(THRESHOLDS.verticalAny, (n) => flow(web, db, 1_000 + n, START + n * 10));
      assert.deepEqual(kinds(feed(open)), ['vertical-scan']);
      assert.deepEqual(kinds(feed(open.map((record) => ({ ...record, protocol: 'udp' })))), []);
    });
  });

  it('bursts of denies are counted by packets, and both nodes’ records are not added', () => {
    const burst = (packets: number): readonly FlowRecord[] =>
      (['egress', 'ingress'] as const).map((direction) =>
        flow(web, db, 5432, START, { ...denied, direction, packets }),
      );
    assert.deepEqual(kinds(feed(burst(THRESHOLDS.denies - 1))), []);
    assert.deepEqual(kinds(feed(burst(THRESHOLDS.denies))), ['deny-burst']);
  });

  it('what audit would have denied counts as denied', () => {
    const burst = many(THRESHOLDS.denies, (n) => flow(web, db, 5432, START + n, { verdict: 'would-deny' }));
    assert.deepEqual(kinds(feed(burst)), ['deny-burst']);
  });

  it('ends of connections are no connections, and no refusals', () => {
    const ends = (verdict: 'allowed' | 'would-deny') =>
      many(THRESHOLDS.flood + 1, (n) =>
        flow(web, db, 5432, START + n, { verdict, connections: 0, packets: 9 }),
      );
    assert.deepEqual(kinds(feed([...ends('allowed'), ...ends('would-deny')])), []);
  });

  describe('connection floods', () => {
    const second = (n: number, connections: number) =>
      flow(web, db, 5432, START + n * 1_000, { connections });

    it('are more than so many, and many times what is usual', () => {
      assert.deepEqual(kinds(feed(many(9, (n) => second(n, THRESHOLDS.flood / 10)))), []);
      assert.deepEqual(kinds(feed(many(20, (n) => second(n, THRESHOLDS.flood / 5)))), ['connection-flood']);
    });

    it('are not what a busy service always does', () => {
      const detector = createDetector();
      // It was told of when it began; since then it is usual.
      feed(
        many(900, (n) => second(n, 1_000)),
        detector,
      );
      assert.deepEqual(
        kinds(
          feed(
            many(100, (n) => second(900 + n, 3_000)),
            detector,
          ),
        ),
        [],
      );
      assert.deepEqual(
        kinds(
          feed(
            many(10, (n) => second(1_000 + n, 30_000)),
            detector,
          ),
        ),
        ['connection-flood'],
      );
    });
  });

  describe('new peers', () => {
    const hour = THRESHOLDS.learning;
    const learnt = () => {
      const detector = createDetector();
      feed([flow(web, db, 5432, START), flow(web, world(), 443, START + 10)], detector);
      return detector;
    };

    it('are peers and ports that a service did not have in its first hour', () => {
      const at = START + hour + 1;
      for (const [to, port, told] of [
        [db, 5432, false],
        [db, 22, true],
        [service('shop/queue'), 6379, true],
        [world('198.51.100.77'), 443, false],
        [world('198.51.100.77'), 25, true],
      ] as const)
        assert.deepEqual(
          kinds(feed([flow(web, to, port, at)], learnt())),
          told ? ['new-peer'] : [],
          String(port),
        );
    });

    it('are told once, and again when what was refused is reached', () => {
      const detector = learnt();
      const queue = service('shop/queue');
      const at = START + hour;
      const refused = flow(web, queue, 6379, at + 1, denied);
      assert.match(feed([refused], detector)[0]!.summary, /^shop\/web tried shop\/queue at 6379\/tcp/);
      assert.deepEqual(feed([refused], detector), []);
      const reached = flow(web, queue, 6379, at + THRESHOLDS.quiet + 2);
      assert.match(feed([reached], detector)[0]!.summary, /^shop\/web reached shop\/queue/);
    });

    it('are none of a service that has too many to be remembered', () => {
      const detector = createDetector();
      feed(
        many(MEMORY.peers, (n) => flow(web, service(`shop/s${n}`), 80, START + n)),
        detector,
      );
      assert.deepEqual(feed([flow(web, db, 5432, START + hour + 1)], detector), []);
    });

    it('can be learnt from what was before', () => {
      const detector = createDetector();
      detector.learn(flow(web, db, 5432, START - 2 * hour));
      assert.deepEqual(kinds(feed([flow(web, service('shop/queue'), 6379, START)], detector)), ['new-peer']);
    });
  });

  it('a balancer is no source: who hides behind it was judged on its own node', () => {
    const balancer = { kind: 'balancer', address: '10.0.0.4' } as const;
    assert.deepEqual(feed(many(300, (n) => flow(balancer, db, n + 1, START + n, denied))), []);
  });

  it('memory is bounded, and what is forgotten is counted', () => {
    const detector = createDetector();
    feed(
      many(20_000, (n) =>
        flow(world(`2001:db8::${n.toString(16)}`), service(`s/${n}`), n, START + n, denied),
      ),
      detector,
    );
    assert.ok(detector.forgotten > 20_000);
  });

  it('a node whose clock is an hour ahead does not make the windows run ahead', () => {
    const detector = createDetector();
    const records = many(THRESHOLDS.horizontal, (n) =>
      flow(web, service(`shop/s${n}`), 80, START + n + (n % 2) * 3_600_000, denied),
    );
    assert.deepEqual(kinds(records.flatMap((record) => detector.observe(record, START + 10))), [
      'horizontal-scan',
    ]);
  });

  describe('silent nodes', () => {
    const node = (state: NodePresence['state']): readonly NodePresence[] => [
      { id: 'n1', hostname: 'one', address: '198.51.100.1', state },
    ];

    it('reported once, are up, and report no more: told once until they are back', () => {
      const nodes = findSilentNodes(THRESHOLDS);
      const look = (state: NodePresence['state'], elapsed: number) =>
        nodes.observe(node(state), elapsed, START + elapsed).map(({ summary }) => summary);
      assert.deepEqual(look('connected', 0), []);
      assert.deepEqual(look('missing', THRESHOLDS.silence - 1), []);
      assert.deepEqual(look('missing', THRESHOLDS.silence), [
        'one is up, and its agent has been silent for 30 s',
      ]);
      assert.deepEqual(look('missing', 90_000), []);
      assert.deepEqual(look('connected', 100_000), []);
      assert.equal(look('missing', 140_000).length, 1);
    });

    it('are not those that never reported, are down, or have just come up', () => {
      const nodes = findSilentNodes(THRESHOLDS);
      assert.deepEqual(nodes.observe(node('missing'), 100_000, START), []);
      nodes.observe(node('connected'), 100_000, START);
      assert.deepEqual(nodes.observe(node('down'), 200_000, START), []);
      assert.deepEqual(nodes.observe(node('missing'), 210_000, START), []);
      assert.equal(nodes.observe(node('missing'), 240_000, START).length, 1);
    });
  });
});
