import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import type { LabNode } from '../lab/node.ts';
import { joinSwarm } from '../lab/swarm.ts';
import { ethernet, udp4 } from '../kernel/lab/raw-packets.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows } from './observe.ts';

const NET = 'app_net';
const SECRET = 'app_secret';
const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net, secret]
    deploy: { mode: global, endpoint_mode: dnsrr }
  db:
    image: swarmwall/demo:1
    command: [tcp/5432]
    networks: [net, secret]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: 'web:5432 web:9999/udp' } }
networks:
  net: { driver: overlay }
  secret: { driver: overlay, driver_opts: { encrypted: 'true' } }
`;
const GOT = '/tmp/got';

describe('the underlay of a real Swarm', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK }, unguarded: true });

  /** As web on the other node would send it, from a host that is none. */
  async function inject(text: string): Promise<void> {
    const { lab, one, two } = swarm;
    const [victim, friend] = [swarm.task('app_db', one), swarm.task('app_web', two)];
    const mac = await one.docker([
      'inspect',
      '--format',
      `{{(index .NetworkSettings.Networks "${NET}").MacAddress}}`,
      victim.container,
    ]);
    const option = '{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}';
    const vni = Number((await one.docker(['network', 'inspect', '--format', option, NET])).stdout);
    const packet = udp4({ from: friend.addresses[NET]!, to: victim.addresses[NET]! }, 9999, text);
    const frame = ethernet({ from: '02:42:ac:10:00:99', to: mac.stdout.trim() }, 0x0800, packet);
    const header = Buffer.from([8, 0, 0, 0, vni >> 16, (vni >> 8) & 0xff, vni & 0xff, 0]);
    const input = Buffer.concat([header, frame]).toString('base64');
    const send = 'base64 -d | socat -u - "UDP4-DATAGRAM:$1:4789"';
    await lab.outside.run('sh', ['-c', send, 'sh', one.address], { input });
  }

  async function got(): Promise<string> {
    const { container } = swarm.task('app_db', swarm.one);
    return (await swarm.one.docker(['exec', container, 'cat', GOT], { reject: false })).stdout;
  }

  async function underlay(node: LabNode) {
    const { health } = await swarm.agents.agent(node);
    return health.programs.find(({ name }) => name === 'underlay');
  }

  const between = () => {
    const db = { to: swarm.task('app_db', swarm.one), network: NET, port: 5432 };
    return allows(swarm.task('app_web', swarm.two), db);
  };

  it('lets an outside host send into a plain overlay, as anybody in it, without Swarmwall', async () => {
    const victim = swarm.task('app_db', swarm.one);
    const listen = `socat -u UDP4-RECV:9999 OPEN:${GOT},creat,append`;
    await swarm.one.docker(['exec', '--detach', victim.container, 'sh', '-c', listen]);
    await eventually(async () => {
      await inject('before;');
      assert.match(await got(), /before/u);
    });
  });

  it('takes VXLAN from the nodes only, and says who else sent some', async () => {
    const { lab, agents, one } = swarm;
    await agents.start();
    await eventually(async () => {
      const found = await underlay(one);
      assert.deepEqual([found?.state, found?.notes], ['applied', undefined]);
    }, 30_000);
    await between();
    await inject('after;');
    await eventually(async () => {
      const found = await underlay(one);
      assert.ok((found?.denied ?? 0) > 0);
      assert.match(
        (found?.notes ?? []).join(),
        new RegExp(`dropped: from ${lab.outside.addresses[0]} `, 'u'),
      );
    }, 30_000);
    assert.doesNotMatch(await got(), /after/u);
  });

  it('shows what a kernel without ESP makes of an encrypted network, by network and node', async () => {
    const { one, two } = swarm;
    await eventually(async () => {
      const { stdout } = await one.run('swarmwall', ['status', '--encryption'], { reject: false });
      assert.match(
        stdout,
        new RegExp(`^${SECRET} +${one.name} +${two.name} +broken .*the key to send with`, 'mu'),
      );
      assert.match(stdout, new RegExp(`^${SECRET} +${two.name} +${one.name} +broken`, 'mu'));
      assert.doesNotMatch(stdout, new RegExp(`^${NET} `, 'mu'));
    }, 30_000);
    const whole = await one.run('swarmwall', ['status'], { reject: false });
    assert.equal(whole.exitCode, 1);
    assert.match(
      whole.stdout,
      new RegExp(`network ${SECRET} is meant to be encrypted, and is not with`, 'u'),
    );
  });

  it('keeps what crosses nodes whole while a node leaves, and joins with another address for its data', async () => {
    const { one, two } = swarm;
    const address = '198.51.100.77';
    await two.run('ip', ['addr', 'add', `${address}/24`, 'dev', 'eth0']);
    await two.run('ip', ['route', 'add', `${one.address}/32`, 'dev', 'eth0', 'src', address]);
    try {
      await rejoin('--data-path-addr', address);
      await swarm.look();
      await between();
      const sources = [address, two.address].map((each) => each.replaceAll('.', '\\.')).join('|');
      await eventually(async () => {
        const said = String((await underlay(one))?.notes);
        assert.doesNotMatch(said, /counted/u);
        assert.doesNotMatch(said, new RegExp(`from .*(${sources}) `, 'u'), 'nothing of the node that joined');
      }, 30_000);
    } finally {
      await two.run('ip', ['route', 'del', `${one.address}/32`]);
      await two.run('ip', ['addr', 'del', `${address}/24`, 'dev', 'eth0']);
      await rejoin();
    }
  });

  async function rejoin(...options: readonly string[]): Promise<void> {
    const { one, two } = swarm;
    await two.docker(['swarm', 'leave']);
    await eventually(async () => {
      const { stdout } = await one.docker(['node', 'ls', '--format', '{{.ID}} {{.Status}}']);
      const down = stdout.split('\n').find((line) => line.endsWith('Down'));
      await one.docker(['node', 'rm', '--force', down?.split(' ')[0] ?? 'none yet']);
    }, 60_000);
    await joinSwarm(one, two, 'worker', options);
  }
});
