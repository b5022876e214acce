import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { StagedVersion } from '../../../../../plugin/staged/staged-configs.ts';
import { NO_LOSSES } from '../../../../../rules/flows/flow-losses.ts';
import { baseOf, liveService, shopChange } from '../../staged/staged-world.ts';
import { HOUR, SOON, World } from './watched-world.ts';

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
