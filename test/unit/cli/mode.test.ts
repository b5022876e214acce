import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import { policiesInForce, readStoredPolicies } from '../../../plugin/policy-store/stored-policies.ts';
import { service, stack } from '../rules/policy-cluster.ts';
import { cli } from './fake-io.ts';
import { fakeSwarm, type FakeSwarm } from './fake-swarm.ts';

const set = (fake: FakeSwarm, ...argv: readonly string[]) =>
  cli(['mode', 'set', ...argv, '--no-wait'], {
    world: { connectSwarm: () => Promise.resolve(fake.swarm), author: () => 'alice' },
  });

async function settings(fake: FakeSwarm) {
  const { settings: found } = policiesInForce(readStoredPolicies(await fake.swarm.policyConfigs()));
  return [found.mode, found.modes];
}

describe('swarmwall mode', () => {
  it('stores an administrator’s word, and takes it back', async () => {
    const fake = fakeSwarm();
    assert.equal((await set(fake, 'audit', '--cluster')).exitCode, 0);
    assert.equal((await set(fake, 'enforce', '--stack', 'shop')).exitCode, 0);
    assert.deepEqual(await settings(fake), ['audit', [{ stack: 'shop', mode: 'enforce' }]]);
    assert.equal((await set(fake, 'enforce', '--cluster')).exitCode, 0);
    assert.equal((await set(fake, 'unset', '--stack', 'shop')).exitCode, 0);
    assert.deepEqual(await settings(fake), [undefined, undefined]);
  });

  it('changes nothing where it is not said of what, or of what no service is', async () => {
    const fake = fakeSwarm();
    for (const argv of [['audit'], ['audit', '--cluster', '--stack', 'a'], ['off', '--cluster']])
      assert.equal((await set(fake, ...argv)).exitCode, 2, argv.join(' '));
    const { exitCode, stderr } = await set(fake, 'audit', '--service', 'db');
    assert.equal(exitCode, 2);
    assert.match(stderr, /stack\/service/u);
    assert.equal((await set(fake, 'audit', '--cluster', '--dry-run')).exitCode, 0);
    assert.deepEqual(await settings(fake), [undefined, undefined]);
  });

  it('shows the mode of each service, and who said so', async () => {
    const model = {
      stacks: [stack('shop', { mode: 'audit' }), stack('other')],
      services: [
        service('shop/a'),
        { ...service('shop/b'), mode: 'enforce' },
        { ...service('other/c'), administered: 'audit' },
        service('other/d'),
      ],
      ...{ clusterPolicies: [], groups: [], networks: [] },
    };
    const getApi = ((_: string, path: string) =>
      Promise.resolve(path === '/v1/model' ? model : { nodes: [] })) as unknown as GetApi;
    const { stdout, stderr } = await cli(['mode', 'show'], { world: { getApi } });
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/u)),
      [
        ['other/c', 'audit', 'all', 'administrator'],
        ['other/d', 'enforce', 'none', 'default'],
        ['shop/a', 'audit', 'own', 'x-swarmwall.mode'],
        ['shop/b', 'enforce', 'none', 'swarmwall.mode'],
      ],
      stderr,
    );
    const one = await cli(['mode', 'show', '--stack', 'other', '--json'], { world: { getApi } });
    assert.equal(one.json<unknown[]>().length, 2);
  });
});
