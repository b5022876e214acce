import assert from 'node:assert/strict';
import { LIMITS } from '../../../../plugin/config.ts';
import { Fault } from '../../../../plugin/fault.ts';
import { changePolicies } from '../../../../plugin/policy-store/change-policies.ts';
import { configName } from '../../../../plugin/policy-store/config-name.ts';
import type { WantedChange } from '../../../../plugin/policy-store/plan-writes.ts';
import {
  policiesInForce,
  readStoredPolicies,
  type StoredPolicies,
} from '../../../../plugin/policy-store/stored-policies.ts';
import { fakeConfigs, rawConfig, type FakeConfigs } from '../../../support/fake-configs.ts';
import { documents, group, policy } from './policies.ts';

const stored = async (configs: FakeConfigs): Promise<StoredPolicies> =>
  readStoredPolicies(await configs.policyConfigs());
const run = (
  configs: FakeConfigs,
  wanted: (now: StoredPolicies) => readonly WantedChange[],
  by = 'alice@node1',
) => changePolicies(configs, { wanted, by });
const apply = (configs: FakeConfigs, ...texts: readonly string[]) =>
  run(configs, () => documents(...texts).map((document) => ({ kind: 'apply', document })));
const remove = (configs: FakeConfigs, name: string) => run(configs, () => [{ kind: 'remove', name }]);
const rollBack = (configs: FakeConfigs, name: string, to: number) =>
  run(configs, (now) => [
    { kind: 'roll-back', name, to: now.histories.get(name)!.versions.find(({ version }) => version === to)! },
  ]);
const ports = async (configs: FakeConfigs): Promise<readonly string[]> =>
  policiesInForce(await stored(configs)).policies.map(
    ({ name, ingress }) => `${name}:${String(ingress[0]?.ports[0]?.port)}`,
  );
const names = (configs: FakeConfigs) => configs.configs.map(({ Spec }) => Spec?.Name);
const write = (configs: FakeConfigs, name: string, data: string, labels: Record<string, string> = {}) =>
  configs.configs.push(rawConfig({ name, data, labels: { 'swarmwall.policy': 'ssh', ...labels } }));

describe('stored policies', () => {
  it('are one immutable config a version', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    await apply(configs, policy('ssh', { port: 23 }));
    await remove(configs, 'ssh');
    await rollBack(configs, 'ssh', 1);
    assert.deepEqual(
      names(configs),
      [1, 2, 3, 4].map((n) => `swarmwall-policy.ssh.v${n}`),
    );
    assert.deepEqual(await ports(configs), ['ssh:22']);
    const { versions } = (await stored(configs)).histories.get('ssh')!;
    assert.deepEqual(
      versions.map(({ version, change, from, by, content }) => [version, change, from, by, content.kind]),
      [
        [4, 'rolled-back', 1, 'alice@node1', 'document'],
        [3, 'removed', undefined, 'alice@node1', 'removed'],
        [2, 'changed', undefined, 'alice@node1', 'document'],
        [1, 'created', undefined, 'alice@node1', 'document'],
      ],
    );
    assert.equal(versions[0]?.at, Date.parse('2026-11-21T14:00:00.123Z'));
    assert.deepEqual((await stored(configs)).problems, []);
  });

  it('are not written again when nothing changes', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'), group('office', '10.0.0.0/8'));
    const again = await apply(configs, policy('ssh'), group('office', '10.0.0.0/8'));
    assert.deepEqual([again.writes, again.unchanged, configs.configs.length], [[], ['ssh', 'office'], 2]);
    await remove(configs, 'ssh');
    assert.deepEqual((await remove(configs, 'ssh')).unchanged, ['ssh']);
    assert.equal((await apply(configs, policy('ssh'))).writes[0]?.change, 'created');
  });

  it('have names that Docker takes, whatever the policy is called', () => {
    const long = 'a'.repeat(253);
    for (const name of ['x', 'no-ssh', 'a'.repeat(38), 'a'.repeat(39), long]) {
      const config = configName(name, 9_999_999);
      assert.match(config, /^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?$/u);
      assert.ok(config.length <= 64, config);
    }
    assert.notEqual(configName(long, 1), configName(`${long}b`, 1));
  });

  it('keep a name that is too long for a config', async () => {
    const configs = fakeConfigs();
    const name = `very-long-${'x'.repeat(200)}`;
    await apply(configs, policy(name));
    await apply(configs, policy(name, { port: 23 }));
    assert.deepEqual(await ports(configs), [`${name}:23`]);
  });

  it('written together come into force together', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    const seen: (readonly string[])[] = [];
    let at = 0;
    configs.beforeCreate = () => {
      const now = readStoredPolicies(configs.configs);
      seen.push(
        policiesInForce(now).policies.map(
          ({ name, ingress }) => `${name}:${String(ingress[0]?.ports[0]?.port)}`,
        ),
      );
      at += 1;
    };
    await apply(
      configs,
      group('office', '10.0.0.0/8'),
      policy('ssh', { port: 23 }),
      policy('web', { port: 80 }),
    );
    assert.equal(at, 3);
    assert.deepEqual(seen, [['ssh:22'], ['ssh:22'], ['ssh:22']]);
    assert.deepEqual(await ports(configs), ['ssh:23', 'web:80']);
  });

  it('of a batch that was never finished leave the last version in force, and are reported', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    await apply(configs, policy('ssh', { port: 23 }), policy('web'));
    configs.configs.splice(names(configs).indexOf('swarmwall-policy.web.v1'), 1);
    assert.deepEqual(await ports(configs), ['ssh:22']);
    assert.deepEqual(
      (await stored(configs)).problems.map(({ config, code, message }) => `${config} ${code} ${message}`),
      [
        'swarmwall-policy.ssh.v2 unfinished-policy what was to be written with it is not there; version 1 stays in force',
      ],
    );
    // The next one heals it.
    assert.equal((await apply(configs, policy('ssh'))).writes[0]?.version, 3);
    assert.deepEqual((await stored(configs)).problems, []);
  });

  it('are all or none: what was written before a failure is taken back', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    configs.beforeCreate = ({ name }) => {
      if (name.includes('web')) throw new Fault('docker-failed', 'no space', { data: { status: 500 } });
    };
    await assert.rejects(apply(configs, policy('ssh', { port: 23 }), policy('web')), (error: unknown) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.message, 'version 1 of "web" could not be stored: no space; nothing was changed');
      return true;
    });
    assert.deepEqual(names(configs), ['swarmwall-policy.ssh.v1']);
    configs.beforeRemove = () => {
      throw new Fault('docker-unavailable', 'gone');
    };
    await assert.rejects(
      apply(configs, policy('ssh', { port: 23 }), policy('web')),
      /nothing was changed; swarmwall-policy\.ssh\.v2 could not be taken away again, and is not in force/u,
    );
    assert.deepEqual(await ports(configs), ['ssh:22']);
  });

  it('are written after the one of somebody who was faster', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    let races = 2;
    configs.beforeCreate = ({ name, labels }) => {
      if (races-- > 0)
        configs.configs.push(rawConfig({ name, labels, data: policy('ssh', { port: 100 + races }) }));
    };
    const { writes } = await apply(configs, policy('ssh', { port: 23 }));
    assert.deepEqual(
      writes.map(({ version }) => version),
      [4],
    );
    assert.deepEqual(await ports(configs), ['ssh:23']);
    assert.equal((await stored(configs)).histories.get('ssh')?.versions.length, 4);
  });

  it('are given up after several lost races, and say so', async () => {
    const configs = fakeConfigs();
    let port = 1;
    configs.beforeCreate = ({ name, labels }) => {
      configs.configs.push(rawConfig({ name, labels, data: policy('ssh', { port: (port += 1) }) }));
    };
    await assert.rejects(
      apply(configs, policy('ssh')),
      /somebody else wrote version 5 of "ssh" first; nothing was changed/u,
    );
  });

  it('lose their oldest versions only', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh', { port: 1 }), policy('web'));
    for (let port = 2; port <= LIMITS.policyVersionsKept + 3; port += 1)
      await apply(configs, policy('ssh', { port }));
    const { histories, problems } = await stored(configs);
    assert.equal(histories.get('ssh')?.versions.length, LIMITS.policyVersionsKept);
    assert.equal(histories.get('ssh')?.versions.at(-1)?.version, 4);
    // The other of the batch whose member is gone stays in force.
    assert.equal(histories.get('web')?.inForce?.version, 1);
    assert.deepEqual(problems, []);
  });

  const BROKEN: readonly (readonly [what: string, name: string, data: string, why: RegExp])[] = [
    ['no YAML', 'swarmwall-policy.ssh.v2', 'kind: [', /\d+:\d+ /u],
    [
      'a mistake',
      'swarmwall-policy.ssh.v2',
      policy('ssh').replace('Deny', 'Drop'),
      /6:15 "ingress\.0\.action" must be/u,
    ],
    ['another kind', 'swarmwall-policy.ssh.v2', 'kind: ConfigMap\napiVersion: v1\n', /not a kind of policy/u],
    ['another name', 'swarmwall-policy.ssh.v2', policy('web'), /it is about "web"/u],
    ['the removal of another', 'swarmwall-policy.ssh.v2', 'kind: Removed\nname: web\n', /it is about "web"/u],
    ['nothing', 'swarmwall-policy.ssh.v2', '', /it is empty/u],
    [
      'two documents',
      'swarmwall-policy.ssh.v2',
      `${policy('ssh')}---\n${policy('web')}`,
      /more than one document/u,
    ],
  ];
  for (const [what, name, data, why] of BROKEN)
    it(`with ${what} in the newest version stay as they were, and it is reported`, async () => {
      const configs = fakeConfigs();
      await apply(configs, policy('ssh'));
      write(configs, name, data);
      assert.deepEqual(await ports(configs), ['ssh:22']);
      const [problem, ...more] = (await stored(configs)).problems;
      assert.deepEqual([problem?.config, problem?.code, more], [name, 'broken-policy', []]);
      assert.match(problem?.message ?? '', why);
      assert.match(problem?.message ?? '', /; version 1 stays in force$/u);
      // The same text once more: it replaces what is broken.
      assert.equal((await apply(configs, policy('ssh'))).writes[0]?.version, 3);
      assert.deepEqual((await stored(configs)).problems, []);
    });

  it('that are not text are broken', async () => {
    const configs = fakeConfigs();
    configs.configs.push({
      ID: 'x',
      Spec: { Name: 'swarmwall-policy.ssh.v1', Labels: { 'swarmwall.policy': 'ssh' }, Data: '//79' },
    });
    assert.match((await stored(configs)).problems[0]?.message ?? '', /it is not text; nothing is in force/u);
  });

  it('are not what merely has a label or a name like theirs', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    write(configs, 'app-settings', policy('ssh', { port: 1 }), { 'swarmwall.policy.version': '9' });
    write(configs, 'swarmwall-policy.ssh.v0', policy('ssh', { port: 2 }));
    write(configs, 'swarmwall-policy.ssh', policy('ssh', { port: 3 }));
    assert.deepEqual(await ports(configs), ['ssh:22']);
    assert.deepEqual(
      (await stored(configs)).problems.map(({ config, code }) => `${config} ${code}`),
      [
        'app-settings strange-config',
        'swarmwall-policy.ssh strange-config',
        'swarmwall-policy.ssh.v0 strange-config',
      ],
    );
  });

  it('stay in force when somebody changes their labels, which is reported', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh'));
    await apply(configs, policy('ssh', { port: 23 }));
    const [first, second] = configs.configs;
    configs.configs.splice(0, 2, first!, { ...second!, Spec: { ...second!.Spec, Labels: {} } });
    assert.deepEqual(await ports(configs), ['ssh:23']);
    assert.deepEqual(
      (await stored(configs)).problems.map(({ code }) => code),
      ['altered-labels'],
    );
  });

  it('whose group is missing are reported', async () => {
    const configs = fakeConfigs();
    await apply(configs, policy('ssh', { group: 'office' }));
    assert.deepEqual(
      (await stored(configs)).problems.map(({ config, code, message }) => `${config} ${code} ${message}`),
      ['swarmwall-policy.ssh.v1 unknown-group there is no CIDR group "office": it means nobody'],
    );
  });
});
