import assert from 'node:assert/strict';
import { createDetector, type Detector } from '../../../../rules/anomalies/detect.ts';
import { readThresholds } from '../../../../rules/anomalies/read-thresholds.ts';
import { toSavedHabits, toSavedUsual } from '../../../../rules/anomalies/saved-habits.ts';
import { MEMORY, THRESHOLDS } from '../../../../rules/anomalies/thresholds.ts';
import type { FlowRecord } from '../../../../rules/flows/flow-record.ts';
import { flow, service, START } from './flows.ts';

const web = service('shop/web');
const db = service('shop/db');
const HOUR = THRESHOLDS.learning;

const feed = (detector: Detector, ...records: readonly FlowRecord[]) =>
  records.flatMap((record) => detector.observe(record, record.last)).map(({ kind }) => kind);

/** Another controller, that has only what the first one kept, as it is on a disk. */
function restarted(detector: Detector, now: number, told: Parameters<Detector['recall']>[1] = []): Detector {
  const lines = JSON.parse(JSON.stringify([...detector.saved()])) as unknown[];
  const saved = lines.map((line) => toSavedHabits(line) ?? toSavedUsual(line));
  assert.ok(saved.every((one) => one !== undefined));
  const next = createDetector();
  next.recall(saved.toReversed(), told, now);
  return next;
}

describe('what is usual, kept', () => {
  it('is known to the next one: what was learnt is not new, and what was not is told at once', () => {
    const first = createDetector();
    feed(first, flow(web, db, 5432, START), flow(web, db, 80, START, { verdict: 'denied' }));
    const next = restarted(first, START + HOUR);
    const later = START + HOUR + 1_000;
    assert.deepEqual(feed(next, flow(web, db, 5432, later)), []);
    assert.deepEqual(feed(next, flow(web, db, 80, later, { verdict: 'denied' })), []);
    // It never got there.
    assert.deepEqual(feed(next, flow(web, db, 80, later)), ['new-peer']);
    assert.deepEqual(feed(next, flow(web, service('shop/queue'), 5672, later)), ['new-peer']);
  });

  it('goes on learning where it had just begun to, whatever the clock said then', () => {
    const first = createDetector();
    feed(first, flow(web, db, 5432, START));
    const later = START + HOUR / 2;
    assert.deepEqual(feed(restarted(first, later), flow(web, service('shop/queue'), 1, later)), []);
    const ahead = createDetector();
    ahead.observe(flow(web, db, 5432, START + 9 * HOUR), START + 9 * HOUR);
    const next = restarted(ahead, START);
    assert.deepEqual(feed(next, flow(web, service('shop/queue'), 1, START + HOUR)), ['new-peer']);
  });

  it('is bounded over all services: the largest is forgotten, and not those that do little', () => {
    const detector = createDetector();
    feed(detector, flow(web, db, 5432, START));
    const many = Math.ceil(MEMORY.habits / (MEMORY.peers * MEMORY.ports)) + 1;
    for (let made = 0; made < many; made += 1)
      for (let peer = 0; peer < MEMORY.peers; peer += 1)
        for (let port = 0; port < MEMORY.ports; port += 1)
          detector.observe(flow(service(`x/s${made}`), service(`y/p${peer}`), port + 1, START), START);
    const kept = [...detector.saved()].flatMap((one) => ('service' in one ? one : []));
    const ports = kept
      .flatMap(({ peers }) => peers)
      .reduce((sum, [, reached]) => sum + (reached?.length ?? 0), 0);
    assert.ok(ports > MEMORY.habits / 2 && ports <= MEMORY.habits);
    assert.ok(kept.some(({ service: name }) => name === 'shop/web'));
    assert.ok(detector.forgotten > 0);
  });

  it('has all ports of a peer that were too many to tell', () => {
    const first = createDetector();
    const ports = Array.from({ length: MEMORY.ports + 1 }, (_, n) => flow(web, db, 1_000 + n, START));
    feed(first, ...ports);
    const later = START + 2 * HOUR;
    assert.deepEqual(feed(restarted(first, later), flow(web, db, 9, later)), []);
  });

  it('does not call a busy service a flood after a restart', () => {
    const second = (n: number) => flow(web, db, 5432, START + n * 1_000, { connections: 1_000 });
    const first = createDetector();
    for (let n = 0; n < 900; n += 1) feed(first, second(n));
    const busy = Array.from({ length: 60 }, (_, n) => second(900 + n));
    assert.deepEqual(feed(restarted(first, START), ...busy), []);
    assert.deepEqual(feed(createDetector(), ...busy), ['connection-flood']);
  });

  it('does not say again what was just said', () => {
    const scan = (at: number) =>
      Array.from({ length: 6 }, (_, n) => flow(web, service(`a/s${n}`), 80, at, { verdict: 'denied' }));
    const first = createDetector();
    const told = scan(START).flatMap((record) => first.observe(record, START));
    assert.equal(told.length, 1);
    const soon = START + 60_000;
    assert.deepEqual(feed(restarted(first, soon, told), ...scan(soon)), []);
    const late = START + THRESHOLDS.quiet + 60_000;
    assert.deepEqual(feed(restarted(first, late, told), ...scan(late)), ['horizontal-scan']);
  });

  it('forgets the same as the first would: what was used least', () => {
    const first = createDetector();
    const of = (n: number, at: number) => flow(service(`s/n${n}`), db, 5432, at);
    for (let n = 0; n < MEMORY.sources; n += 1) feed(first, of(n, START));
    const later = START + HOUR + 1;
    feed(first, of(0, later));
    const next = restarted(first, later);
    feed(next, of(MEMORY.sources, later));
    const elsewhere = service('shop/queue');
    assert.deepEqual(feed(next, flow(service('s/n1'), elsewhere, 1, later)), []);
    assert.deepEqual(feed(next, flow(service('s/n0'), elsewhere, 1, later)), ['new-peer']);
  });

  it('can be learnt from what was long ago, after the first flows were seen', () => {
    const detector = createDetector();
    const now = START + 5 * HOUR;
    feed(detector, flow(web, db, 5432, now));
    detector.learn(flow(web, service('shop/queue'), 5672, START));
    assert.equal(detector.learnt, 2);
    assert.deepEqual(feed(detector, flow(web, service('shop/queue'), 5672, now)), []);
    assert.deepEqual(feed(detector, flow(web, service('shop/other'), 1, now)), ['new-peer']);
  });

  it('is taken from nobody who says something else', () => {
    const good = { service: 'a/b', since: 1, peers: [['world', ['443/tcp'], []], ['a/c']] };
    assert.deepEqual(toSavedHabits(good), good);
    const tooMany = Array.from({ length: MEMORY.ports + 1 }, (_, n) => `${n}/tcp`);
    for (const bad of [
      ...[null, 'x', [], {}, { ...good, since: '1' }, { ...good, since: Number.NaN }, { ...good, peers: {} }],
      ...[
        { ...good, peers: [[1]] },
        { ...good, peers: [['w', []]] },
        { ...good, peers: [['w', [1], []]] },
      ],
      { ...good, peers: [['w', tooMany, []]] },
      { ...good, peers: Array.from({ length: MEMORY.peers + 1 }, (_, n) => [`p${n}`]) },
    ])
      assert.equal(toSavedHabits(bad), undefined, JSON.stringify(bad));
    const usual = { source: 'a', destination: 'b', side: 'in', usual: 600 };
    assert.deepEqual(toSavedUsual(usual), usual);
    for (const bad of [null, {}, { ...usual, side: 'up' }, { ...usual, usual: -1 }, { ...usual, source: 1 }])
      assert.equal(toSavedUsual(bad), undefined, JSON.stringify(bad));
  });
});

describe('thresholds, as they are written', () => {
  it('are as usual where nothing is said', () => {
    assert.deepEqual(readThresholds(''), { thresholds: THRESHOLDS, mistakes: [] });
    const { thresholds, mistakes } = readThresholds(' horizontal=8, learning=2h\nwindow=30s ');
    assert.deepEqual(mistakes, []);
    assert.deepEqual(thresholds, { ...THRESHOLDS, horizontal: 8, learning: 2 * HOUR, window: 30_000 });
  });

  it('are told every mistake, and keep what is right', () => {
    const written =
      'denies=200 flood=0 learning=60 __proto__=1 vertical=99999 window=8d floodFactor=1.5 x quiet=1m=2';
    const { thresholds, mistakes } = readThresholds(written);
    assert.deepEqual(thresholds, { ...THRESHOLDS, denies: 200 });
    assert.deepEqual(
      mistakes.map((mistake) => mistake.split(':')[0]),
      [
        'flood=0',
        'learning=60',
        '__proto__=1',
        'vertical=99999',
        'window=8d',
        'floodFactor=1.5',
        'x',
        'quiet=1m=2',
      ],
    );
    assert.match(mistakes[4]!, /from 1s to 7d/u);
    assert.match(mistakes[3]!, /from 1 to 1000$/u);
    assert.match(mistakes[2]!, /one of window, slowWindow, horizontal/u);
  });

  it('are gone by', () => {
    const detector = createDetector(readThresholds('horizontal=2').thresholds);
    const two = [1, 2].map((n) => flow(web, service(`a/s${n}`), 80, START, { verdict: 'denied' }));
    assert.deepEqual(feed(detector, ...two), ['horizontal-scan']);
  });
});
