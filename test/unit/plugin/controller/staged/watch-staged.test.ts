import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TIMES } from '../../../../../plugin/config.ts';
import type { NodeLosses } from '../../../../../plugin/controller/flow-losses.ts';
import { watchStaged } from '../../../../../plugin/controller/staged/watch-staged.ts';
import { silentLog } from '../../../../../plugin/log.ts';
import type { StagedChange } from '../../../../../plugin/staged/staged-change.ts';
import type { StagedVersion } from '../../../../../plugin/staged/staged-configs.ts';
import { NO_LOSSES } from '../../../../../rules/flows/flow-losses.ts';
import type { FlowRecord } from '../../../../../rules/flows/flow-record.ts';
import { matchesFlow } from '../../../../../rules/flows/match-flow.ts';
import { aFlow, serviceEnd } from '../../../rules/flows/a-flow.ts';
import { FakeClock } from '../../fake-clock.ts';
import { baseOf, liveService, SHOP, shopChange } from '../../staged/staged-world.ts';

const HOUR = 3_600_000;
/** Longer than the watch waits between two looks. */
const SOON = TIMES.stagedTick + TIMES.stagedRetryMost;

class World {
  readonly clock = new FakeClock();
  readonly log: FlowRecord[] = [];
  readonly recent: FlowRecord[] = [];
  readonly promoted: string[] = [];
  readonly losses = new Map<string, NodeLosses>();
  base = baseOf();
  error: string | undefined;
  leads = true;
  failure: Error | undefined;
  versions: readonly StagedVersion[] = [];
  readonly watch = watchStaged({
    clock: this.clock,
    log: silentLog(),
    base: () => this.base,
    nodes: () => [{ id: 'n1', hostname: 'one' }],
    ask: (_, query) =>
      Promise.resolve({
        node: 'one',
        flows: this.log.filter((flow) => matchesFlow(query, flow)).slice(-(query.limit ?? 0)),
        ...(this.error !== undefined && { error: this.error }),
      }),
    recent: (query) => this.recent.filter((flow) => matchesFlow(query, flow)),
    losses: () => this.losses,
    leads: () => this.leads,
    promote: (version, by) => {
      if (this.failure) return Promise.reject(this.failure);
      this.promoted.push(`${version.config} by ${by}`);
      this.refresh(this.versions.filter(({ id }) => id !== version.id));
      return Promise.resolve();
    },
  });

  flow(from: string, age = 0, changes: Partial<FlowRecord> = {}): FlowRecord {
    const last = this.clock.now() - age;
    return aFlow({
      ...{ first: last - 10, last, direction: 'egress', connections: 1, packets: 8, verdict: 'allowed' },
      ...{ source: serviceEnd(`shop/${from}`, '10.0.1.8'), destination: serviceEnd('shop/db') },
      ...changes,
    });
  }

  refresh(versions: readonly StagedVersion[]): void {
    this.versions = versions;
    this.watch.refreshed({ versions, problems: [] });
  }

  /** As the hub does: each record is marked, then told. */
  see(flow: FlowRecord): FlowRecord {
    const marked = this.watch.mark(flow);
    this.recent.push(marked);
    this.log.push(flow);
    this.watch.take([marked]);
    return marked;
  }

  stage(change: StagedChange, id = 'c1'): void {
    this.refresh([{ id, config: `config-${id}`, version: 1, at: this.clock.now(), change }]);
  }

  async told() {
    await this.clock.pass(0);
    const [report] = this.watch.status().staged;
    assert.ok(report !== undefined);
    const rows = report.breaks.map(({ from, to, connections }) => `${from} → ${to} ${String(connections)}`);
    return { ...report, rows };
  }
}

describe('what is staged, beside what is in force', () => {
  it('marks each flow, and nobody else’s word on it counts', async () => {
    const world = new World();
    assert.ok(!('staged' in world.see(world.flow('web', 0, { staged: 'denied' }))));
    world.stage(shopChange('job:5432'));
    assert.equal(world.see(world.flow('web', 0, { staged: 'allowed' })).staged, 'denied');
    assert.equal(world.see(world.flow('job', 0, { verdict: 'denied' })).staged, 'allowed');
    world.refresh([]);
    assert.ok(!('staged' in world.see(world.flow('web'))));
    await world.clock.pass(0);
    assert.deepEqual(world.watch.status().staged, []);
  });

  it('is judged by the flows of the past at once, and by those to come, each counted once', async () => {
    const world = new World();
    world.log.push(
      world.flow('web', 2 * HOUR),
      world.flow('web', 20_000),
      world.flow('job', HOUR, { verdict: 'denied' }),
    );
    world.see(world.flow('web', 5_000));
    world.stage(shopChange('job:5432'));
    world.see(world.flow('web'));
    const told = await world.told();
    assert.deepEqual(told.rows, ['shop/web → shop/db 4']);
    assert.deepEqual([told.opens.length, told.looked, told.gaps], [1, true, []]);
    assert.equal(told.breaks[0]?.reason?.text, 'no ingress rule of shop/db allows shop/web');
  });

  it('is judged after a restart by what the logs alone know, and by late records once', async () => {
    const world = new World();
    const before = world.flow('web', 1_000);
    const late = world.flow('web', 60_000, { port: 5432, packets: 7 });
    world.log.push(before, late);
    world.stage(shopChange('job:5432'));
    await world.clock.pass(0);
    world.see(late);
    world.log.pop();
    assert.deepEqual((await world.told()).rows, ['shop/web → shop/db 2']);
  });

  it('is judged anew when the policy in force changes', async () => {
    const world = new World();
    world.stage(shopChange('job:5432'));
    world.see(world.flow('web'));
    assert.deepEqual((await world.told()).rows, ['shop/web → shop/db 1']);
    world.base = baseOf([...SHOP.slice(0, 2), liveService('db', { 'swarmwall.ingress': 'job:5432' })]);
    world.refresh(world.versions);
    assert.equal(world.see(world.flow('web', 0, { verdict: 'denied' })).staged, 'denied');
    assert.deepEqual((await world.told()).rows, []);
  });

  it('was not looked at while only another stack’s flows were', async () => {
    const world = new World();
    world.log.push(world.flow('web', HOUR));
    world.stage(shopChange('job:5432', { stack: 'other', services: [] }), 'other');
    await world.told();
    const shop = { ...world.versions[0]!, id: 'shop', change: shopChange('job:5432') };
    world.refresh([...world.versions, shop]);
    const looked = () =>
      world.watch.status().staged.map((each) => [each.id, each.looked, each.breaks.length]);
    assert.deepEqual(looked(), [
      ['other', true, 0],
      ['shop', false, 0],
    ]);
    await world.clock.pass(0);
    assert.deepEqual(looked(), [
      ['other', true, 0],
      ['shop', true, 1],
    ]);
  });

  it('says what is not known of, and asks again', async () => {
    const world = new World();
    world.error = 'its agent is not connected';
    world.log.push(world.flow('web', HOUR));
    world.stage(shopChange('job:5432'));
    assert.deepEqual(
      (await world.told()).gaps.map(({ node, why }) => `${node}: ${why}`),
      ['one: its agent is not connected'],
    );
    world.error = undefined;
    await world.clock.pass(TIMES.stagedRetryFirst);
    const told = await world.told();
    assert.deepEqual([told.gaps, told.rows], [[], ['shop/web → shop/db 1']]);
  });
});

describe('promotion by itself', () => {
  const change = (ingress: string) => shopChange(ingress, { promoteAfter: HOUR });

  it('comes after a quiet time, by the leader alone', async () => {
    const world = new World();
    world.leads = false;
    world.stage(change('web:5432 job'));
    await world.clock.pass(HOUR + SOON);
    assert.deepEqual(world.promoted, []);
    world.leads = true;
    await world.clock.pass(SOON);
    assert.deepEqual(world.promoted, ['config-c1 by alice, staged, promoted by itself']);
  });

  it('does not come early, and waits from the last flow on that it would break', async () => {
    const world = new World();
    world.stage(change('job:5432'));
    await world.clock.pass(HOUR - SOON);
    world.see(world.flow('web'));
    await world.clock.pass(HOUR - SOON);
    assert.deepEqual(world.promoted, []);
    const told = await world.told();
    assert.equal(told.promotion?.since, world.log[0]?.last);
    await world.clock.pass(2 * SOON);
    assert.equal(world.promoted.length, 1);
  });

  it('heeds what only a node’s log knows', async () => {
    const world = new World();
    world.stage(change('job:5432'));
    await world.clock.pass(HOUR / 2);
    // Its agent was away: nobody was told.
    world.log.push(world.flow('web'));
    await world.clock.pass(HOUR / 2 + SOON);
    assert.deepEqual(world.promoted, []);
    await world.clock.pass(HOUR / 2 + SOON);
    assert.equal(world.promoted.length, 1);
  });

  it('waits for a node whose flows are not known, and says so', async () => {
    const world = new World();
    world.stage(change('web:5432 job'));
    world.error = 'its agent is not connected';
    await world.clock.pass(HOUR + SOON);
    assert.deepEqual(world.promoted, []);
    assert.deepEqual((await world.told()).promotion?.waitsFor, [
      'not all flows of one in that time are known: its agent is not connected',
    ]);
    world.error = undefined;
    await world.clock.pass(SOON);
    assert.equal(world.promoted.length, 1);
  });

  it('does not cut a connection that began and of which no end was seen', async () => {
    const world = new World();
    world.stage(change('job:5432'));
    world.see(world.flow('web', 0, { packets: 0 }));
    await world.clock.pass(5 * HOUR);
    assert.deepEqual(world.promoted, []);
    assert.deepEqual((await world.told()).promotion?.waitsFor, [
      'a connection that it would cut may still be open: shop/web → shop/db:5432/tcp',
    ]);
    world.see(world.flow('web', 0, { connections: 0, packets: 40 }));
    await world.clock.pass(HOUR + 2 * SOON);
    assert.equal(world.promoted.length, 1);
  });

  it('waits from the last loss on: nobody knows what was lost', async () => {
    const world = new World();
    world.stage(change('web:5432 job'));
    await world.clock.pass(HOUR / 2);
    world.losses.set('one', { ...NO_LOSSES, dropped: 0, unread: 3 });
    await world.clock.pass(HOUR / 2 + SOON);
    assert.deepEqual(world.promoted, []);
    await world.clock.pass(HOUR / 2 + SOON);
    assert.equal(world.promoted.length, 1);
  });

  it('comes one by one: what two break together is seen once one is in force', async () => {
    const world = new World();
    const version = (id: string): StagedVersion => ({
      ...{ id, config: `config-${id}`, version: 1, at: world.clock.now(), change: change('web:5432 job') },
    });
    world.refresh([version('c1'), version('c2')]);
    world.error = 'its agent is not connected';
    await world.clock.pass(HOUR + SOON);
    world.error = undefined;
    await world.clock.pass(SOON);
    assert.equal(world.promoted.length, 1);
    await world.clock.pass(SOON);
    assert.equal(world.promoted.length, 2);
  });

  it('does not undo what somebody changed meanwhile', async () => {
    const world = new World();
    world.stage(change('web:5432 job'));
    world.base = baseOf([liveService('web'), liveService('db', { 'swarmwall.ingress': 'none' })]);
    world.refresh(world.versions);
    await world.clock.pass(2 * HOUR);
    assert.deepEqual(world.promoted, []);
    const told = await world.told();
    assert.deepEqual(told.promotion?.waitsFor, [
      'shop/db got other labels since it was staged: stage it again',
    ]);
  });

  it('that failed is said, and tried again', async () => {
    const world = new World();
    world.failure = new Error('no quorum');
    world.stage(change('web:5432 job'));
    await world.clock.pass(HOUR + SOON);
    assert.deepEqual((await world.told()).promotion?.waitsFor, ['it could not be promoted: no quorum']);
    world.failure = undefined;
    await world.clock.pass(SOON);
    assert.equal(world.promoted.length, 1);
  });

  it('never comes where nobody asked for it', async () => {
    const world = new World();
    world.stage(shopChange('web:5432 job'));
    await world.clock.pass(8 * 24 * HOUR);
    assert.deepEqual(world.promoted, []);
    assert.equal((await world.told()).promotion, undefined);
  });
});
