import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TIMES } from '../../../../../plugin/config.ts';
import { baseOf, liveService, SHOP, shopChange } from '../../staged/staged-world.ts';
import { HOUR, World } from './watched-world.ts';

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
