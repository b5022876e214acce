import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anomalyMemoryFile } from '../../../../../plugin/controller/anomalies/anomaly-memory.ts';
import { learnPast } from '../../../../../plugin/controller/anomalies/learn-past.ts';
import { readAnomalyMemory } from '../../../../../plugin/controller/anomalies/keep-anomalies.ts';
import {
  watchAnomalies,
  type AnomalyWatchOptions,
} from '../../../../../plugin/controller/anomalies/watch-anomalies.ts';
import type { FlowLine } from '../../../../../plugin/api/types.ts';
import { Fault } from '../../../../../plugin/fault.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import { createMetrics } from '../../../../../plugin/metrics/registry.ts';
import type { Anomaly } from '../../../../../rules/anomalies/anomaly.ts';
import type { SavedHabits } from '../../../../../rules/anomalies/saved-habits.ts';
import type { NodePresence } from '../../../../../rules/anomalies/silent-nodes.ts';
import { THRESHOLDS } from '../../../../../rules/anomalies/thresholds.ts';
import type { FlowQuery, FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { flow, service } from '../../../rules/anomalies/flows.ts';
import { FakeClock } from '../../fake-clock.ts';

const HABITS: SavedHabits = {
  service: 'shop/web',
  since: 5,
  peers: [['shop/db', ['5432/tcp'], ['22/tcp']], ['world']],
};
const TOLD: Anomaly = {
  ...{ kind: 'new-peer', at: 7, summary: 'shop/web reached \u001b[31m__proto__', nodes: ['one'] },
  source: { kind: 'service', name: 'shop/web', addresses: ['10.0.0.9'] },
  destination: { kind: 'world', name: '203.0.113.1', addresses: [] },
  evidence: {
    // An agent says what it likes, twice.
    ...{ count: 2 ** 54, threshold: 1, unit: 'flows', windowSeconds: 3600, first: 6, last: 7 },
    samples: ['allowed → 203.0.113.1:443/tcp'],
  },
};

describe('what a controller keeps of anomalies', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'swarmwall-anomalies-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const path = () => join(folder, 'kept', 'anomalies.jsonl');
  const file = () => anomalyMemoryFile(join(folder, 'kept'));

  it('is read as it was written, by nobody else', async () => {
    assert.equal(await file().read(), undefined);
    const usual = { source: 'a', destination: 'b', side: 'out', usual: 700 } as const;
    assert.equal(await file().write({ at: 9, saved: [HABITS, usual], told: [TOLD] }), true);
    assert.deepEqual(await file().read(), { at: 9, saved: [HABITS, usual], told: [TOLD] });
    assert.equal((await stat(path())).mode & 0o777, 0o600);
  });

  it('is bounded: what was used last stays', async () => {
    const large = (n: number): SavedHabits => ({
      ...{ service: `s/${n}`, since: 1 },
      peers: Array.from({ length: 200 }, (_, peer) => [`${'x'.repeat(200)}${peer}`]),
    });
    const saved = Array.from({ length: 300 }, (_, n) => large(n));
    assert.equal(await file().write({ at: 1, saved, told: [] }), false);
    assert.ok((await stat(path())).size <= 8 * 1024 * 1024);
    const read = await file().read();
    const kept = read?.saved.length ?? 0;
    assert.ok(kept > 100, String(kept));
    assert.deepEqual(read?.saved, saved.slice(0, kept));
  });

  for (const [what, text] of Object.entries({
    'no JSON': '{"version":1,"at":1}\n{"serv',
    'another version': '{"version":2,"at":1}\n',
    'no head': `${JSON.stringify(HABITS)}\n`,
    'something else': '{"version":1,"at":1}\n{"kind":"party"}\n',
    nothing: '',
  }))
    it(`is not believed when it is ${what}: all is learnt anew`, async () => {
      await file().write({ at: 1, saved: [], told: [] });
      await writeFile(path(), text);
      await assert.rejects(file().read(), { code: 'state-unreadable' });
      assert.equal(await readAnomalyMemory(file(), silentLog()), undefined);
    });

  const watch = (clock: FakeClock, more: Partial<AnomalyWatchOptions> = {}) =>
    watchAnomalies({
      ...{ clock, log: silentLog(), metrics: createMetrics('1', 'controller'), nodes: () => [] },
      ...{ speaks: () => false, file: file(), ...more },
    });
  const web = service('shop/web');

  it('is there after a restart: neither what is usual nor what was told begins anew', async () => {
    const clock = new FakeClock();
    const first = watch(clock);
    first.flows([flow(web, service('shop/db'), 5432, clock.now())]);
    await clock.pass(THRESHOLDS.learning);
    first.flows([flow(web, service('shop/queue'), 5672, clock.now())]);
    assert.deepEqual(
      first.recent().map(({ kind }) => kind),
      ['new-peer'],
    );
    await first.stop();
    const memory = await file().read();
    const next = watch(clock, { memory });
    assert.deepEqual(next.recent(), first.recent());
    next.flows([
      flow(web, service('shop/queue'), 5672, clock.now()),
      flow(web, service('shop/mail'), 25, clock.now()),
    ]);
    assert.deepEqual(
      next.recent().map(({ destination }) => destination?.name),
      ['shop/queue', 'shop/mail'],
    );
    await next.stop();
  });

  it('is kept soon, for a controller that is killed', async () => {
    const clock = new FakeClock();
    const killed = watch(clock);
    killed.flows([flow(web, service('shop/db'), 5432, clock.now())]);
    for (let turn = 0; turn < 500 && (await file().read()) === undefined; turn += 1) {
      await clock.pass(5_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const saved = (await file().read())?.saved as SavedHabits[];
    assert.deepEqual(
      saved.map((one) => [one.service, one.peers]),
      [['shop/web', [['shop/db', ['5432/tcp'], []]]]],
    );
    await killed.stop();
  });

  it('leaves the past to the next one where it ended before it could ask', async () => {
    const asked: (number | undefined)[] = [];
    const past = (query: FlowQuery) => {
      asked.push(query.since);
      return Promise.resolve([flow(web, service('shop/db'), 5432, 1)]);
    };
    let nodes: readonly NodePresence[] = [];
    const clock = new FakeClock();
    const early = watch(clock, { past, nodes: () => nodes });
    await clock.pass(30_000);
    await early.stop();
    const memory = await file().read();
    assert.deepEqual([memory?.at, asked], [0, []]);
    nodes = [{ id: 'one', hostname: 'one', address: '198.51.100.1', state: 'connected' }];
    const begun = clock.now();
    const next = watch(clock, { past, nodes: () => nodes, memory });
    await clock.pass(30_000);
    await next.stop();
    assert.deepEqual(asked, [begun - 7 * 86_400_000]);
    const known = await file().read();
    assert.equal(known?.at, clock.now());
    assert.equal(known.saved.length, 1);
    const last = watch(clock, { past, nodes: () => nodes, memory: known });
    await clock.pass(30_000);
    await last.stop();
    assert.equal(asked.length, 1);
  });

  it('leaves what was there where the disk does not take it', async () => {
    await writeFile(join(folder, 'kept'), 'a file, where the folder should be');
    await assert.rejects(file().write({ at: 1, saved: [], told: [] }), { code: 'state-unwritable' });
    const clock = new FakeClock();
    const unlucky = watch(clock);
    unlucky.flows([flow(web, service('shop/db'), 5432, clock.now())]);
    await clock.pass(60_000);
    await unlucky.stop();
    assert.equal(await readFile(join(folder, 'kept'), 'utf8'), 'a file, where the folder should be');
  });
});

describe('a controller that does not know what is usual', () => {
  const node = (hostname: string, state: NodePresence['state']): NodePresence => ({
    ...{ id: hostname, hostname, address: '198.51.100.1', state },
  });

  function learning(answers: readonly (readonly FlowLine[] | Error)[], nodes: () => readonly NodePresence[]) {
    const clock = new FakeClock();
    const asked: FlowQuery[] = [];
    const learnt: FlowRecord[] = [];
    let ended = 0;
    const end = learnPast({
      ...{ clock, log: silentLog(), nodes, since: clock.now() - 86_400_000 },
      past: (query) => {
        const answer = answers[asked.push(query) - 1] ?? [];
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      learn: (record) => learnt.push(record),
      onLearnt: () => (ended += 1),
    });
    return { clock, asked, learnt, end, ended: () => ended };
  }
  const old = flow(service('shop/web'), service('shop/db'), 5432, 1);

  it('learns from the logs of all nodes, once, when all are here', async () => {
    let two: NodePresence['state'] = 'missing';
    const notice = { notice: 'cut', message: 'not all' } as const;
    const { clock, asked, learnt, ended } = learning([[old, notice]], () => [
      ...[node('one', 'connected'), node('two', two), node('three', 'down')],
    ]);
    const begun = clock.now();
    await clock.pass(10_000);
    assert.equal(asked.length, 0);
    two = 'connected';
    await clock.pass(60_000);
    assert.deepEqual([learnt, ended()], [[old], 1]);
    assert.deepEqual(asked, [{ since: begun - 86_400_000, until: begun, limit: 50_000 }]);
  });

  it('does not wait for ever for a node without an agent', async () => {
    const { clock, learnt } = learning([[old]], () => [node('one', 'connected'), node('two', 'missing')]);
    await clock.pass(70_000);
    assert.deepEqual(learnt, [old]);
  });

  it('asks again where nobody can be asked, until it ends', async () => {
    const busy = new Fault('too-many', 'busy');
    const { clock, asked, learnt, end } = learning([busy, busy, [old]], () => [node('one', 'connected')]);
    await clock.pass(60_000);
    assert.deepEqual([asked.length, learnt.length], [3, 1]);
    end();
    const ended = learning([], () => [node('one', 'connected')]);
    ended.end();
    await ended.clock.pass(60_000);
    assert.equal(ended.asked.length, 0);
  });
});
