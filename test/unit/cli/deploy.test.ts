import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ControllerStatus } from '../../../plugin/api/types.ts';
import type { DeployStep } from '../../../plugin/deploy/plan-deploy.ts';
import { fakeSwarm, overlay, stackService } from './fake-swarm.ts';
import type { FakeSwarm } from './fake-swarm.ts';
import { BAD, cli, SHOP } from './fake-io.ts';
import { hurryingClock } from './hurrying-clock.ts';
import type { RunOptions } from './fake-io.ts';

function deploy(fake: FakeSwarm, argv: readonly string[] = [], options: RunOptions = {}) {
  return cli(['deploy', '-c', '-', 'shop', ...argv], {
    stdin: SHOP,
    ...options,
    world: {
      connectSwarm: () => Promise.resolve(fake.swarm),
      run: fake.run,
      clock: hurryingClock(),
      ...options.world,
    },
  });
}

/** The network between shop/api and monitoring/prometheus. */
const BETWEEN = 'sw-x-monitoring-prometheus-shop-api-';
const prometheus = () => stackService('monitoring', 'prometheus', { 'swarmwall.ingress': 'none' });

describe('swarmwall deploy', () => {
  it('makes the networks between stacks, then gives docker the compiled text', async () => {
    const fake = fakeSwarm();
    const ran = await deploy(fake, ['--prune', '--resolve-image', 'never', '--with-registry-auth']);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(fake.log[0] ?? '', new RegExp(`^create ${BETWEEN}`, 'u'));
    assert.equal(
      fake.log.at(-1),
      'docker stack deploy --prune --resolve-image never --with-registry-auth -c - shop',
    );
    assert.match(fake.texts[0] ?? '', /swarmwall\.compiled:/u);
    assert.match(ran.stdout, /^✓ created network sw-x-\S+ \(encrypted\)$/mu);
    assert.match(ran.stdout, /^✓ deployed stack shop\n {4}Creating service shop_web$/mu);
    assert.ok(!ran.stdout.includes('--detach'));
    assert.match(ran.stderr, /^warning: monitoring\/prometheus is not deployed yet/mu);
    assert.match(ran.stderr, /^warning: no controller runs on this node/mu);
  });

  it('changes nothing when the file has errors', async () => {
    const fake = fakeSwarm();
    const ran = await deploy(fake, [], { stdin: BAD });
    assert.deepEqual([ran.exitCode, ran.stdout, fake.log], [2, '', []]);
    assert.match(ran.stderr, /error unknown-service/u);
  });

  it('says so on a node that is no manager', async () => {
    const fake = fakeSwarm(false);
    const ran = await deploy(fake);
    assert.deepEqual([ran.exitCode, fake.log], [2, []]);
    assert.match(ran.stderr, /^error: this node is no manager of a swarm/u);
  });

  it('only says what it would do with --dry-run', async () => {
    const fake = fakeSwarm();
    const ran = await deploy(fake, ['--dry-run']);
    assert.deepEqual([ran.exitCode, fake.log], [0, []]);
    assert.match(ran.stdout, /^would create network sw-x-\S+ \(encrypted\)\nwould deploy stack shop\n$/u);
    const json = await deploy(fake, ['--dry-run', '--json']);
    assert.deepEqual(
      json.json<{ steps: DeployStep[] }>().steps.map(({ kind }) => kind),
      ['create-network', 'deploy-stack'],
    );
  });

  it('says which running peer has to join, and joins it with --attach-peers', async () => {
    const fake = fakeSwarm();
    fake.services.push(prometheus());
    const told = await deploy(fake);
    assert.match(
      told.stderr,
      /^warning: monitoring\/prometheus has not joined sw-x-\S+ yet: --attach-peers does it/mu,
    );
    assert.ok(!fake.log.some((line) => line.startsWith('update')));

    fake.stale = 2;
    const joined = await deploy(fake, ['--attach-peers']);
    assert.equal(joined.exitCode, 0, joined.stderr);
    assert.match(joined.stdout, /^✓ joined monitoring\/prometheus to sw-x-\S+ \(its tasks restart\)$/mu);
    assert.equal(fake.log.at(-1), 'update monitoring-prometheus at 12');
    const { Spec } = fake.services[0]!;
    const network = fake.networks.find(({ Name }) => Name?.startsWith(BETWEEN))!;
    assert.deepEqual(Spec, {
      ...prometheus().Spec,
      TaskTemplate: {
        ContainerSpec: { Image: 'i' },
        Networks: [
          { Target: 'old', Aliases: ['prometheus'] },
          { Target: network.Id, Aliases: ['prometheus'] },
        ],
      },
    });

    const again = await deploy(fake, ['--attach-peers']);
    assert.ok(!again.stdout.includes('joined'), again.stdout);
    assert.equal(fake.log.filter((line) => line.startsWith('create')).length, 1);
  });

  it('knows live stacks by their labels, and a service that they do not have', async () => {
    const fake = fakeSwarm();
    fake.services.push(stackService('monitoring', 'prom', { 'swarmwall.ingress': 'none' }));
    const ran = await deploy(fake);
    assert.deepEqual([ran.exitCode, fake.log], [2, []]);
    assert.match(ran.stderr, /"monitoring" has no service "prometheus"/u);
  });

  it('refuses networks whose options have changed, as Docker would keep the old ones silently', async () => {
    const fake = fakeSwarm();
    await deploy(fake);
    const between = fake.networks.pop()!;
    fake.networks.push(overlay(between.Name!, { encrypted: false }));
    fake.log.length = 0;
    const ran = await deploy(fake);
    assert.deepEqual([ran.exitCode, fake.log], [2, []]);
    assert.match(
      ran.stderr,
      /^error: network sw-x-\S+ is not encrypted, and should be encrypted; nothing was done$/mu,
    );
    assert.match(ran.stderr, /^hint: .*docker network rm sw-x-/mu);

    const own = fakeSwarm();
    const plan = await cli(['compile', '-c', '-', '--json'], { stdin: SHOP });
    const shown = plan.json<{ segments: { name: string; internal: boolean }[] }>();
    const open = shown.segments.find(({ internal }) => !internal)!;
    own.networks.push(overlay(`shop_${open.name}`, { internal: true }));
    const refused = await deploy(own);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /is internal, and should be not internal[^]*docker stack rm shop/u);

    const weaker = fakeSwarm();
    const stdin = SHOP.replace(' 203.0.113.0/24:443', '');
    const inner = (await cli(['compile', '-c', '-', '--json'], { stdin })).json<typeof shown>().segments;
    weaker.networks.push(
      overlay(`shop_${inner.find(({ internal }) => internal)!.name}`, { internal: false }),
    );
    const warned = await deploy(weaker, [], { stdin });
    assert.equal(warned.exitCode, 0);
    assert.match(warned.stderr, /^warning: network shop_sw-\S+ is not internal, and should be internal$/mu);
  });

  describe('with a controller', () => {
    const node = (hostname: string, state: 'connected' | 'missing', revision = 4) => ({
      ...{
        id: hostname,
        hostname,
        role: 'worker',
        address: '10.0.0.1',
        state,
        subscribed: state === 'connected',
      },
      ...{ revision, current: 4, encryption: hostname === 'old' ? 'unavailable' : 'available' },
    });
    const controller = (nodes: readonly unknown[]) => ({
      getApi: <T>(_role: string, path: string) =>
        Promise.resolve(
          (path === '/v1/model'
            ? { services: ['web', 'api', 'db', 'cron'].map((name) => ({ stack: 'shop', name })) }
            : ({ nodes } as unknown as ControllerStatus)) as T,
        ),
    });

    it('waits until every agent has it, and names the nodes without one', async () => {
      const ran = await deploy(fakeSwarm(), [], {
        world: controller([node('a', 'connected'), node('b', 'missing')]),
      });
      assert.equal(ran.exitCode, 0, ran.stderr);
      assert.match(ran.stdout, /^✓ enforced on 1 node$/mu);
      assert.match(ran.stderr, /^warning: b has no agent: nothing is enforced there$/mu);
    });

    it('waits as long as it is told, a minute by itself', async () => {
      for (const [options, exitCode] of [
        [[], 2],
        [['--timeout', '30s'], 2],
        [['--timeout', '3m'], 0],
      ] as const) {
        const clock = hurryingClock();
        const slow = () => controller([node('a', 'connected', clock.elapsed() < 120_000 ? 3 : 4)]);
        const getApi = <T>(role: string, path: string): Promise<T> => slow().getApi(role, path);
        const ran = await deploy(fakeSwarm(), options, { world: { clock, getApi } });
        assert.equal(ran.exitCode, exitCode, `${options.join(' ')}: ${ran.stderr}`);
      }
      const wrong = await deploy(fakeSwarm(), ['--timeout', 'soon']);
      assert.equal(wrong.exitCode, 2);
      assert.match(wrong.stderr, /Write it as 90s, 15m, 2h or 1d\./u);
    });

    it('ends with 2 when an agent does not get there', async () => {
      const ran = await deploy(fakeSwarm(), ['--json'], { world: controller([node('a', 'connected', 3)]) });
      const found = ran.json<{ enforced: string; behind: string[] }>();
      assert.deepEqual([ran.exitCode, found.enforced], [2, 'timed-out']);
      assert.deepEqual(found.behind, ['a is at revision 3 of 4']);
      const patient = await deploy(fakeSwarm(), ['--no-wait'], {
        world: controller([node('a', 'connected', 3)]),
      });
      assert.equal(patient.exitCode, 0);
    });

    it('warns of nodes that cannot encrypt, unless nothing is to be encrypted', async () => {
      const world = controller([node('old', 'connected')]);
      const ran = await deploy(fakeSwarm(), [], { world });
      assert.match(ran.stderr, /^warning: the kernel of old cannot encrypt: .* will carry nothing/mu);
      const plain = await deploy(fakeSwarm(), ['--encrypted', 'false'], { world });
      assert.ok(!plain.stderr.includes('cannot encrypt'));
      assert.match(plain.stdout, /created network sw-x-\S+ \(plain\)/u);
    });
  });
});
