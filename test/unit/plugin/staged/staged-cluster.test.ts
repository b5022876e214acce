import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { evaluatorInput } from '../../../../plugin/controller/evaluator-input.ts';
import type { StagedChange } from '../../../../plugin/staged/staged-change.ts';
import {
  changedMeanwhile,
  labelsWith,
  notDeployed,
  stagedCluster,
} from '../../../../plugin/staged/staged-cluster.ts';
import { createEvaluator, type EvaluatorInput } from '../../../../rules/evaluator.ts';
import { rawConfig } from '../../../support/fake-configs.ts';
import { documents, policy } from '../policy-store/policies.ts';
import { baseOf, liveService, SHOP, shopChange } from './staged-world.ts';

function may(cluster: EvaluatorInput, from: string, to: string, port: number): boolean {
  const places = { from: { service: `shop/${from}` }, to: { service: `shop/${to}` } };
  return createEvaluator(cluster).judge({ ...places, protocol: 'tcp', port }).allowed;
}

const adminConfig = (text: string, name = 'swarmwall-policy.no-ssh.v1') =>
  rawConfig({ name, labels: { 'swarmwall.policy': 'no-ssh', 'swarmwall.policy.version': '1' }, data: text });

const cluster = (changes: Partial<Extract<StagedChange, { kind: 'cluster' }>> = {}): StagedChange => ({
  ...{ kind: 'cluster', by: 'alice', documents: [], removed: [], base: [] },
  ...changes,
});

describe('the cluster as it would be', () => {
  it('is that in force, but for the staged labels', () => {
    const base = baseOf();
    const now = evaluatorInput(base.picture.view);
    assert.deepEqual([may(now, 'web', 'db', 5432), may(now, 'job', 'db', 5432)], [true, false]);
    const then = stagedCluster(base, [shopChange('job:5432')]);
    assert.deepEqual([may(then, 'web', 'db', 5432), may(then, 'job', 'db', 5432)], [false, true]);
    assert.deepEqual(stagedCluster(base, []), now);
    // A stack of another name is not touched.
    const other = stagedCluster(base, [shopChange('job:5432', { stack: 'other' })]);
    assert.deepEqual(other, now);
  });

  it('loses the labels that are not staged any more', () => {
    const then = stagedCluster(baseOf(), [shopChange('', { services: [{ name: 'db', labels: {} }] })]);
    assert.ok(may(then, 'job', 'db', 22));
  });

  it('has the staged cluster policies, and not those that go', () => {
    const base = baseOf(SHOP, [adminConfig(policy('no-ssh', { port: 5432 }))]);
    assert.ok(!may(evaluatorInput(base.picture.view), 'web', 'db', 5432));
    assert.ok(may(stagedCluster(base, [cluster({ removed: ['no-ssh'] })]), 'web', 'db', 5432));
    const changed = cluster({ documents: documents(policy('no-ssh', { port: 22 })) });
    assert.ok(may(stagedCluster(base, [changed]), 'web', 'db', 5432));
    const audit = documents('kind: ClusterSettings\nname: default\nmode: audit\n');
    assert.ok(may(stagedCluster(base, [cluster({ documents: audit })]), 'job', 'db', 5432));
  });

  it('keeps labels that are others', () => {
    const before = { 'traefik.enable': 'true', 'swarmwall.mode': 'audit', 'swarmwall.egress': 'none' };
    assert.deepEqual(labelsWith(before, { 'swarmwall.egress': 'db' }), {
      'traefik.enable': 'true',
      'swarmwall.egress': 'db',
    });
  });
});

describe('what was changed since it was staged', () => {
  it('is told of each service: promotion would undo it', () => {
    const change = shopChange('job:5432');
    assert.deepEqual(changedMeanwhile(baseOf(), change), []);
    const relabelled = baseOf([liveService('db', { 'swarmwall.ingress': 'none' })]);
    assert.deepEqual(changedMeanwhile(relabelled, change), ['shop/db got other labels']);
    assert.deepEqual(changedMeanwhile(baseOf([]), change), ['shop/db is gone']);
    // Somebody deployed the very same.
    assert.deepEqual(
      changedMeanwhile(baseOf([liveService('db', { 'swarmwall.ingress': 'job:5432' })]), change),
      [],
    );
    // Other labels are other people's.
    const others = { 'swarmwall.ingress': 'web:5432', 'traefik.enable': 'false' };
    assert.deepEqual(changedMeanwhile(baseOf([liveService('db', others)]), change), []);
  });

  it('is told of each policy by its version', () => {
    const base = baseOf(SHOP, [adminConfig(policy('no-ssh'))]);
    assert.deepEqual(
      changedMeanwhile(
        base,
        cluster({
          base: [
            ['no-ssh', 1],
            ['new', 0],
          ],
        }),
      ),
      [],
    );
    assert.deepEqual(changedMeanwhile(base, cluster({ base: [['no-ssh', 0]] })), [
      'no-ssh is at version 1, and was at 0',
    ]);
  });

  it('is not that a service was not there then, and is not yet', () => {
    const fresh = shopChange('', { services: [{ name: 'cache', labels: { 'swarmwall.ingress': 'none' } }] });
    assert.deepEqual(changedMeanwhile(baseOf(), fresh), []);
    assert.deepEqual(notDeployed(baseOf(), fresh), ['shop/cache']);
    const deployed = baseOf([liveService('cache')]);
    assert.deepEqual(changedMeanwhile(deployed, fresh), ['shop/cache was deployed']);
  });
});
