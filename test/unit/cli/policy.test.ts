import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../compose-ext/index.ts';
import { describe, it } from 'mocha';
import type { ControllerStatus, NodeStatus } from '../../../plugin/api/types.ts';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import { authorOf } from '../../../plugin/policy-store/author.ts';
import { rawConfig } from '../../support/fake-configs.ts';
import { group, policy } from '../plugin/policy-store/policies.ts';
import { cli, inFolder, type RunOptions } from './fake-io.ts';
import { hurryingClock } from './hurrying-clock.ts';
import { fakeSwarm, type FakeSwarm } from './fake-swarm.ts';

const run = (fake: FakeSwarm, argv: readonly string[], options: RunOptions = {}) =>
  cli(['policy', ...argv], {
    ...options,
    world: {
      connectSwarm: () => Promise.resolve(fake.swarm),
      author: () => 'alice@laptop',
      clock: hurryingClock(Date.parse('2026-11-21T15:00:00Z')),
      ...options.world,
    },
  });
const apply = (fake: FakeSwarm, text: string, ...more: readonly string[]) =>
  run(fake, ['apply', '-f', '-', ...more], { stdin: text });
const configNames = (fake: FakeSwarm) => fake.configs.configs.map(({ Spec }) => Spec?.Name);

const NODE: NodeStatus = {
  ...{ id: 'a', hostname: 'node1', role: 'manager', address: '10.0.0.1', state: 'connected' },
  ...{ subscribed: true, revision: 7, current: 7, encryption: 'available', authz: 'none' },
};

/** A controller that has read these versions, and tells of these nodes. */
function controller(
  versions: Readonly<Record<string, number>>,
  nodes: readonly NodeStatus[],
): { getApi: GetApi } {
  const status: ControllerStatus = {
    ...{ role: 'controller', version: '0.1.0', hostname: 'node1', state: 'serving', revision: 7 },
    ...{
      nodes,
      annotatedNetworks: [],
      clusterPolicies: {
        policies: 1,
        groups: 0,
        settings: DEFAULT_SETTINGS,
        authz: { revision: 'none', documents: 0 },
        versions,
        problems: [],
      },
    },
  };
  return { getApi: <T>() => Promise.resolve(status as T) };
}

describe('swarmwall policy', () => {
  it('applies a file, and says what has changed', async () => {
    const fake = fakeSwarm();
    const first = await apply(fake, policy('no-ssh'), '--no-wait');
    assert.equal(first.stdout, '✓ no-ssh: created, version 1\n');
    const second = await apply(
      fake,
      `${policy('no-ssh', { port: 23 })}---\n${group('office', '10.0.0.0/8')}`,
      '--no-wait',
    );
    assert.equal(second.stdout, '✓ no-ssh: changed, version 2\n✓ office: created, version 1\n');
    const again = await apply(fake, group('office', '10.0.0.0/8'), '--no-wait');
    assert.equal(again.stdout, '  office: unchanged\n');
    assert.deepEqual(configNames(fake), [
      'swarmwall-policy.no-ssh.v1',
      'swarmwall-policy.no-ssh.v2',
      'swarmwall-policy.office.v1',
    ]);
    assert.equal(fake.configs.configs[0]?.Spec?.Labels?.['swarmwall.policy.by'], 'alice@laptop');
  });

  it('changes nothing when a file has errors, and shows all of them', () =>
    inFolder(
      { 'a.yaml': policy('a').replace('Deny', 'Drop'), 'b.yaml': 'kind: CIDRGrop\nname: b\n' },
      async (cwd) => {
        const fake = fakeSwarm();
        const ran = await run(fake, ['apply', '-f', 'a.yaml', '-f', 'b.yaml', '--json'], { cwd });
        assert.equal(ran.exitCode, 2);
        const { error } = ran.json<{
          error: { diagnostics: { file: string; code: string; hint: string }[] };
        }>();
        assert.deepEqual(
          error.diagnostics.map(({ file, code, hint }) => `${file} ${code} ${hint}`),
          ['a.yaml invalid-value ', 'b.yaml unknown-kind Did you mean "CIDRGroup"?'],
        );
        assert.deepEqual(configNames(fake), []);
      },
    ));

  it('refuses a policy whose group nobody has stored, unless it comes along', async () => {
    const fake = fakeSwarm();
    const text = policy('a', { group: 'office' });
    const alone = await apply(fake, text);
    assert.equal(alone.exitCode, 2);
    assert.match(alone.stderr, /<stdin>:6:\d+ error unknown-group there is no CIDR group "office"/u);
    assert.equal((await apply(fake, `${text}---\n${group('office', '10.0.0.0/8')}`)).exitCode, 0);
    assert.equal((await apply(fake, policy('b', { group: 'office' }))).exitCode, 0);
  });

  it('does not remove a group that a policy in force needs', async () => {
    const fake = fakeSwarm();
    await apply(fake, `${policy('a', { group: 'office' })}---\n${group('office', '10.0.0.0/8')}`);
    const refused = await run(fake, ['rm', 'office']);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /"a" would lose the group "office"; nothing was changed/u);
    const both = await run(fake, ['rm', 'office', 'a']);
    assert.equal(both.stdout, '✓ office: removed, version 2\n✓ a: removed, version 2\n');
    // And does not bring back a policy without it.
    assert.match((await run(fake, ['rollback', 'a'])).stderr, /"a" would lose the group "office"/u);
  });

  it('only says what it would do', async () => {
    const fake = fakeSwarm();
    await apply(fake, policy('a'));
    const ran = await apply(fake, `${policy('a', { port: 1 })}---\n${policy('b')}`, '--dry-run');
    assert.equal(ran.stdout, 'would change a (version 2)\nwould create b (version 1)\n');
    assert.equal((await run(fake, ['rm', 'a', '--dry-run'])).stdout, 'would remove a (version 2)\n');
    assert.equal(configNames(fake).length, 1);
  });

  it('waits until every node has it', async () => {
    const fake = fakeSwarm();
    const ran = await run(fake, ['apply', '-f', '-'], {
      stdin: policy('a'),
      world: controller({ a: 1 }, [NODE]),
    });
    assert.equal(ran.stdout, '✓ a: created, version 1\n✓ enforced on 1 node\n');
    assert.equal(ran.stderr, '');
  });

  it('waits as long as it is told', async () => {
    for (const [options, exitCode] of [
      [[], 2],
      [['--timeout', '2m'], 0],
    ] as const) {
      const clock = hurryingClock(Date.parse('2026-11-21T15:00:00Z'));
      const getApi: GetApi = (role, path) =>
        controller({ a: 1 }, [{ ...NODE, revision: clock.elapsed() < 60_000 ? 6 : 7 }]).getApi(role, path);
      const ran = await run(fakeSwarm(), ['apply', '-f', '-', ...options], {
        stdin: policy('a'),
        world: { clock, getApi },
      });
      assert.equal(ran.exitCode, exitCode, ran.stderr);
    }
  });

  it('names the nodes that lag, with exit code 2', async () => {
    const fake = fakeSwarm();
    const nodes: readonly NodeStatus[] = [
      NODE,
      { ...NODE, id: 'b', hostname: 'node2', revision: 6 },
      { ...NODE, id: 'c', hostname: 'node3', state: 'missing', subscribed: false },
      { ...NODE, id: 'd', hostname: 'node4', subscribed: false },
      { ...NODE, id: 'e', hostname: 'node5', revision: 0, current: 0 },
    ];
    const ran = await run(fake, ['apply', '-f', '-'], {
      stdin: policy('a'),
      world: controller({ a: 1 }, nodes),
    });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stdout, /✗ stored, and not enforced everywhere yet/u);
    assert.match(ran.stderr, /node2 is at revision 6 of 7/u);
    assert.match(ran.stderr, /node3 has no agent: nothing is enforced there/u);
    assert.match(ran.stderr, /node4 takes its policy from another manager/u);
    assert.match(ran.stderr, /node5 has not been told the policy yet/u);
    const unread = await run(fake, ['apply', '-f', '-', '--json'], {
      stdin: policy('a', { port: 1 }),
      world: controller({ a: 1 }, [NODE]),
    });
    assert.deepEqual(unread.json<{ enforced: string; behind: string[] }>().behind, [
      'the controller has not read version 2 of a yet',
    ]);
  });

  it('says when nobody can tell whether it is enforced', async () => {
    const ran = await apply(fakeSwarm(), policy('a'));
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stderr, /no controller runs on this node, so nobody says whether it is enforced/u);
  });

  it('rolls back to the version before, or to one that is named, and forth again', async () => {
    const fake = fakeSwarm();
    for (const port of [1, 2, 3]) await apply(fake, policy('a', { port }));
    assert.equal(
      (await run(fake, ['rollback', 'a'])).stdout,
      '✓ a: rolled back, version 4, a copy of version 2\n',
    );
    assert.match((await run(fake, ['show', 'a'])).stdout, /port: 2 /u);
    assert.equal(
      (await run(fake, ['rollback', 'a', '--to', '1'])).stdout,
      '✓ a: rolled back, version 5, a copy of version 1\n',
    );
    await run(fake, ['rm', 'a']);
    assert.equal(
      (await run(fake, ['rollback', 'a'])).stdout,
      '✓ a: rolled back, version 7, a copy of version 5\n',
    );
    assert.match(
      (await run(fake, ['rollback', 'a', '--to', '9'])).stderr,
      /a has no version 9 that is whole/u,
    );
    assert.match((await run(fake, ['rollback', 'b'])).stderr, /there is no policy or group called b/u);
  });

  it('does not roll back past what somebody else has just written', async () => {
    const fake = fakeSwarm();
    for (const port of [1, 2]) await apply(fake, policy('a', { port }));
    let once = true;
    fake.configs.beforeCreate = ({ name, labels }) => {
      if (once) fake.configs.configs.push(rawConfig({ name, labels, data: policy('a', { port: 3 }) }));
      once = false;
    };
    const ran = await run(fake, ['rollback', 'a']);
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /somebody else wrote version 3 of a meanwhile/u);
    assert.match((await run(fake, ['show', 'a'])).stdout, /port: 3 /u);
  });

  it('shows, lists and tells the history', async () => {
    const fake = fakeSwarm();
    await apply(fake, `${policy('no-ssh')}---\n${group('office', '10.0.0.0/8', '192.0.2.0/24')}`);
    await apply(fake, policy('no-ssh', { port: 23 }));
    assert.equal((await run(fake, ['show', 'no-ssh', '--version', '1'])).stdout, policy('no-ssh'));
    assert.equal(
      (await run(fake, ['list'])).stdout,
      'NAME    KIND    TIER   PRIORITY  SIZE      VERSION  CHANGED  BY\n' +
        'no-ssh  policy  admin  10        1 rule    2        59m ago  alice@laptop\n' +
        'office  group   -      -         2 blocks  1        59m ago  alice@laptop\n',
    );
    await run(fake, ['rm', 'no-ssh']);
    await run(fake, ['rollback', 'no-ssh', '--to', '1']);
    assert.equal(
      (await run(fake, ['history', 'no-ssh'])).stdout,
      'VERSION  WHEN                  WHO           WHAT\n' +
        '4 *      2026-11-21 14:00:00Z  alice@laptop  rolled back to version 1\n' +
        '3        2026-11-21 14:00:00Z  alice@laptop  removed\n' +
        '2        2026-11-21 14:00:00Z  alice@laptop  changed\n' +
        '1        2026-11-21 14:00:00Z  alice@laptop  created\n',
    );
    assert.match(
      (await run(fake, ['show', 'no-ssh', '--version', '3'])).stderr,
      /version 3 has no text: no-ssh was removed/u,
    );
    assert.match((await run(fake, ['show', 'no-shh'])).stderr, /Did you mean no-ssh\?/u);
  });

  it('tells of what is stored and wrong', async () => {
    const fake = fakeSwarm();
    await apply(fake, policy('a'));
    fake.configs.configs.push(
      rawConfig({
        name: 'swarmwall-policy.a.v2',
        labels: { 'swarmwall.policy': 'a' },
        data: 'kind: \u001b[31mx',
      }),
    );
    const ran = await run(fake, ['list']);
    assert.match(ran.stderr, /swarmwall-policy\.a\.v2 broken-policy .*; version 1 stays in force/u);
    assert.ok(!ran.stderr.includes('\u001b'));
    assert.match((await run(fake, ['history', 'a'])).stdout, /^2 +\S+.*broken, never in force: /mu);
  });

  it('is for managers', async () => {
    const ran = await run(fakeSwarm(false), ['list']);
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /this node is no manager of a swarm, and only managers know its policies/u);
  });

  it('knows who asks: the person behind sudo, the machine, and the engine when it is another', () => {
    const machine = { user: 'root', host: 'laptop' };
    const socket = { kind: 'socket', path: '/var/run/docker.sock' } as const;
    const remote = { kind: 'host', url: new URL('ssh://deploy@node1') } as const;
    assert.equal(authorOf({ SUDO_USER: 'alice', USER: 'root' }, machine, socket), 'alice@laptop');
    assert.equal(authorOf({}, machine, remote), 'root@laptop through ssh://deploy@node1');
  });

  it('stores settings, and refuses to put them in the place of a policy of that name', async () => {
    const settings = 'kind: ClusterSettings\nname: default\nnodes: strict\n';
    const fake = fakeSwarm();
    assert.equal((await apply(fake, settings, '--no-wait')).stdout, '✓ default: created, version 1\n');
    assert.match((await run(fake, ['list'])).stdout, /default +settings/u);
    assert.equal((await run(fake, ['show', 'default'])).stdout, settings);
    assert.match((await run(fake, ['rm', 'default', '--no-wait'])).stdout, /removed, version 2/u);
    assert.match((await run(fake, ['rollback', 'default', '--no-wait'])).stdout, /a copy of version 1/u);

    const taken = fakeSwarm();
    await apply(taken, policy('default'), '--no-wait');
    const refused = await apply(taken, settings);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /"default" is a ClusterPolicy, and would become a ClusterSettings/u);
    assert.deepEqual(configNames(taken), ['swarmwall-policy.default.v1']);
  });
});
