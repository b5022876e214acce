import assert from 'node:assert/strict';
import { changePolicies } from '../../../../plugin/policy-store/change-policies.ts';
import { LABELS } from '../../../../plugin/policy-store/labels.ts';
import { nodePolicies, unconfirmed } from '../../../../plugin/policy-store/node-policies.ts';
import { readStoredPolicies } from '../../../../plugin/policy-store/stored-policies.ts';
import { LIMITS } from '../../../../plugin/config.ts';
import { fakeConfigs, type FakeConfigs } from '../../../support/fake-configs.ts';
import { documents, group } from './policies.ts';

const ssh = (...ports: readonly number[]) =>
  `kind: NodePolicy\nname: ssh\ningress: [{ from: [{ group: office }], ports: [${ports.map((port) => `{ port: ${port} }`).join(', ')}] }]\n`;

const apply = (configs: FakeConfigs, ...texts: readonly string[]) =>
  changePolicies(configs, {
    wanted: () => documents(...texts).map((document) => ({ kind: 'apply', document }) as const),
    by: 'alice',
  });
const remove = (configs: FakeConfigs, name: string) =>
  changePolicies(configs, { wanted: () => [{ kind: 'remove', name }], by: 'alice' });
const stored = async (configs: FakeConfigs) => readStoredPolicies(await configs.policyConfigs());
const waiting = async (configs: FakeConfigs) => unconfirmed(await stored(configs)).map(({ name }) => name);

async function confirm(configs: FakeConfigs): Promise<void> {
  for (const { inForce } of unconfirmed(await stored(configs)))
    await configs.labelConfig(inForce?.id ?? '', LABELS.confirmed, 'alice');
}

describe('node policies in the store', () => {
  it('wait to be confirmed, with the groups that they speak of, and say so', async () => {
    const configs = fakeConfigs();
    await apply(configs, ssh(22), group('office', '10.0.0.0/8'), group('other', '10.0.0.0/8'));
    assert.deepEqual(await waiting(configs), ['office', 'ssh']);
    const { problems } = await stored(configs);
    assert.deepEqual(
      problems.map(({ config, code }) => `${config} ${code}`),
      ['swarmwall-policy.office.v1 unconfirmed-policy', 'swarmwall-policy.ssh.v1 unconfirmed-policy'],
    );
    await confirm(configs);
    assert.deepEqual(await waiting(configs), []);
    await apply(configs, group('other', '11.0.0.0/8'));
    assert.deepEqual(await waiting(configs), [], 'a group of services alone');
    await apply(configs, group('office', '11.0.0.0/8'));
    assert.deepEqual(await waiting(configs), ['office']);
    const { stored: now, confirmed } = nodePolicies(await stored(configs));
    assert.deepEqual(now.groups[0]?.blocks[0]?.cidr, '11.0.0.0/8');
    assert.deepEqual(confirmed.groups.find(({ name }) => name === 'office')?.blocks[0]?.cidr, '10.0.0.0/8');
  });

  it('are a new version when they are applied again unconfirmed: nodes took the old one back', async () => {
    const configs = fakeConfigs();
    await apply(configs, ssh(22), group('office', '10.0.0.0/8'));
    assert.deepEqual((await apply(configs, ssh(22))).writes[0]?.version, 2);
    await confirm(configs);
    assert.deepEqual((await apply(configs, ssh(22))).unchanged, ['ssh']);
  });

  it('are removed only on trial, too', async () => {
    const configs = fakeConfigs();
    await apply(configs, ssh(22), group('office', '10.0.0.0/8'));
    await confirm(configs);
    await remove(configs, 'ssh');
    assert.deepEqual(await waiting(configs), ['ssh']);
    assert.equal((await remove(configs, 'ssh')).writes.length, 1, 'tried again');
    const { stored: now, confirmed, versions } = nodePolicies(await stored(configs));
    assert.deepEqual([now.policies.length, confirmed.policies.length, versions.get('ssh')], [0, 1, 3]);
    await confirm(configs);
    assert.equal((await remove(configs, 'ssh')).writes.length, 0);
  });

  it('keep the version that nodes go back to, however many come after it', async () => {
    const configs = fakeConfigs();
    await apply(configs, ssh(22), group('office', '10.0.0.0/8'));
    await confirm(configs);
    for (let at = 0; at < LIMITS.policyVersionsKept + 5; at += 1) await apply(configs, ssh(22, 1_000 + at));
    const history = (await stored(configs)).histories.get('ssh');
    assert.equal(history?.versions.at(-1)?.version, 1);
    assert.equal(history.versions.length, LIMITS.policyVersionsKept + 1);
    assert.equal(nodePolicies(await stored(configs)).confirmed.policies[0]?.ingress[0]?.ports.length, 1);
  });
});
