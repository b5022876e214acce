import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { StagedReport } from '../../../plugin/api/staged-types.ts';
import { policiesInForce, readStoredPolicies } from '../../../plugin/policy-store/stored-policies.ts';
import { group, policy } from '../plugin/policy-store/policies.ts';
import { inFolder } from './fake-io.ts';
import { TOTAL, labelsOf, run, shopSwarm, stagedNames } from './staged-swarm.ts';

describe('swarmwall policy promote', () => {
  it('gives the services the staged labels and keeps the others', async () => {
    const fake = shopSwarm();
    await run(fake, ['stage', '-c', '-']);
    const ran = await run(fake, ['promote']);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(ran.stdout, /^✓ promoted stack shop: 2 services changed\n✓ enforced/u);
    assert.equal(labelsOf(fake, 'shop-db')['swarmwall.ingress'], 'api:5432');
    assert.equal(labelsOf(fake, 'shop-web')['traefik.enable'], 'true');
    assert.equal(labelsOf(fake, 'shop-web')['swarmwall.ingress'], 'world:8080');
    assert.deepEqual(labelsOf(fake, 'other-db'), { 'com.docker.stack.namespace': 'other' });
    assert.deepEqual(fake.configs.configs, []);
    assert.deepEqual(fake.log, ['update shop-web at 12', 'update shop-db at 12']);
  });

  const held: readonly (readonly [what: string, report: Partial<StagedReport>, why: RegExp])[] = [
    [
      'would break a flow',
      { breaks: [TOTAL] },
      /stack shop would break a flow that passes now; nothing was changed/u,
    ],
    ['was not looked at', { looked: false }, /has not looked yet/u],
    [
      'would undo a change',
      { changed: ['shop/db got other labels'] },
      /shop\/db got other labels since stack shop was staged/u,
    ],
  ];
  for (const [what, report, why] of held)
    it(`refuses what ${what}, unless forced`, async () => {
      const fake = shopSwarm();
      await run(fake, ['stage', '-c', '-', '--no-wait']);
      const ran = await run(fake, ['promote', '--timeout', '1s'], { report });
      assert.equal(ran.exitCode, 2);
      assert.match(ran.stderr, why);
      assert.deepEqual([fake.log, stagedNames(fake).length], [[], 1]);
      const forced = await run(fake, ['promote', '--force', '--timeout', '1s'], { report });
      assert.equal(forced.exitCode, 0, forced.stderr);
      assert.equal(labelsOf(fake, 'shop-db')['swarmwall.ingress'], 'api:5432');
    });

  it('names the flow that it would break on standard error', async () => {
    const fake = shopSwarm();
    await run(fake, ['stage', '-c', '-', '--no-wait']);
    const ran = await run(fake, ['promote'], { report: { breaks: [TOTAL] } });
    assert.match(ran.stderr, /shop\/web → shop\/db:5432\/tcp/u);
    assert.equal(ran.stdout, '');
  });

  it('stores staged cluster policies as new versions in force', async () => {
    const fake = shopSwarm();
    await run(fake, ['apply', '-f', '-', '--no-wait'], { stdin: policy('old') });
    const both = `${policy('new', { group: 'g' })}---\n${group('g', '10.0.0.0/8')}`;
    await run(fake, ['stage', '-f', '-', '--remove', 'old'], { stdin: both });
    const inForce = () =>
      policiesInForce(readStoredPolicies(fake.configs.configs)).policies.map(({ name }) => name);
    assert.deepEqual(inForce(), ['old']);
    const ran = await run(fake, ['promote', '--cluster', '--no-wait']);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.deepEqual(inForce(), ['new']);
    assert.ok(!stagedNames(fake).some((name) => name?.startsWith('swarmwall-staged.')));
  });

  it('asks which, when two are staged', async () => {
    const fake = shopSwarm();
    await run(fake, ['stage', '-c', '-']);
    await run(fake, ['stage', '-f', '-'], { stdin: policy('new') });
    const ran = await run(fake, ['promote']);
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /hint: +Say which: --cluster, --stack shop\./u);
  });
});

describe('swarmwall policy drop', () => {
  it('takes away what is staged, and nothing else', () =>
    inFolder({}, async (cwd) => {
      const fake = shopSwarm();
      await run(fake, ['stage', '-c', '-']);
      await run(fake, ['stage', '-f', '-'], { stdin: policy('new') });
      assert.equal((await run(fake, ['drop'], { cwd })).exitCode, 2);
      assert.equal((await run(fake, ['drop', '--stack', 'shop'])).stdout, '✓ dropped: stack shop\n');
      assert.equal((await run(fake, ['drop'])).stdout, '✓ dropped: cluster policies\n');
      assert.deepEqual(stagedNames(fake), []);
      const again = await run(fake, ['drop', '--cluster']);
      assert.match(again.stderr, /nothing is staged of cluster policies/u);
    }));
});
