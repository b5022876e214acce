import assert from 'node:assert/strict';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import { eventually } from '../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import { fromOutside } from '../lab/probe.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';
import { stackText } from './stack-text.ts';

const [CLIENT, STRANGER] = OUTSIDE_ADDRESSES;
const [CLIENT6, NODE6] = ['2001:db8:51::c8', '2001:db8:51::c'];

const REAL_READER = '/opt/swarmwall/swarmwall-flow-reader';
/** As the agent finds it. */
const READER = '/usr/local/bin/swarmwall-flow-reader';

const STACK = stackText({
  web: {},
  eye: {},
  db: { listens: ['tcp/5432'], labels: { 'swarmwall.ingress': 'web:5432' } },
  front: {
    ports: [{ target: 80, published: 8081, mode: 'host' }],
    labels: { 'swarmwall.ingress': `${CLIENT}/32:80`, 'swarmwall.egress': 'none' },
  },
  open: {
    ports: [{ target: 80, published: 8082, mode: 'host' }],
    labels: { 'swarmwall.ingress': 'world:80' },
  },
});

describe('flows on a real Swarm', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK } });

  // Verdict logs outlive other tests' agents.
  const since = new Date().toISOString();

  async function observed(...argv: readonly string[]): Promise<readonly FlowRecord[]> {
    const { stdout } = await swarm.lab.manager.run('swarmwall', [
      'observe',
      '--json',
      '--since',
      since,
      ...argv,
    ]);
    return JSON.parse(stdout) as FlowRecord[];
  }
  const told = ({ node, direction, verdict, reason }: FlowRecord) =>
    `${node} ${direction} ${verdict}: ${reason?.text ?? ''} (${reason?.file ?? ''})`;

  it('are seen on the manager by name, of every node, with the rule that decided', async () => {
    const { one, two } = swarm;
    const db = { to: swarm.task('app_db', two), network: 'app_net', port: 5432 };
    await allows(swarm.task('app_web', one), db);
    await denies(swarm.task('app_eye', two), { ...db, to: swarm.task('app_db', one) });
    await eventually(async () => {
      const allowed = await observed('--from', 'app/web', '--to', 'app/db', '--port', '5432');
      const why = 'an ingress rule of app/db allows app/web on 5432/tcp (label swarmwall.ingress of app/db)';
      for (const seen of [`${one.name} egress`, `${two.name} ingress`])
        assert.ok(allowed.map(told).includes(`${seen} allowed: ${why}`), JSON.stringify(allowed));
      const denied = await observed('--verdict', 'denied', '--node', two.name, '--from', 'eye');
      const not = 'no ingress rule of app/db allows app/eye (label swarmwall.ingress of app/db)';
      assert.ok(denied.map(told).includes(`${two.name} egress denied: ${not}`), JSON.stringify(denied));
    }, 60_000);
  });

  it('are seen where they come in from the world, by the client, and where they would go out', async () => {
    const { one, two, lab } = swarm;
    const front = swarm.task('app_front', one);
    const published = { protocol: 'tcp', address: two.address, port: 8081 } as const;
    await allows({ prober: fromOutside(lab.outside) }, { ...published, source: CLIENT });
    await denies({ prober: fromOutside(lab.outside) }, { ...published, source: STRANGER });
    await denies(front, { protocol: 'tcp', address: CLIENT, port: 9 });
    await eventually(async () => {
      const came = await observed('--from', 'world', '--to', 'app/front', '--port', '80');
      const file = 'label swarmwall.ingress of app/front';
      for (const said of [
        `allowed: an ingress rule of app/front allows world (${CLIENT}) on 80/tcp (${file})`,
        `denied: no ingress rule of app/front allows world (${STRANGER}) (${file})`,
      ])
        assert.ok(came.map(told).includes(`${two.name} ingress ${said}`), JSON.stringify(came));
      const went = await observed('--from', 'app/front', '--to', 'world', '--verdict', 'denied');
      const not = `no egress rule of app/front allows world (${CLIENT}) (label swarmwall.egress of app/front)`;
      assert.ok(went.map(told).includes(`${one.name} egress denied: ${not}`), JSON.stringify(went));
      for (const { network, source } of went)
        assert.deepEqual(
          [network, source.container, source.task],
          ['docker_gwbridge', front.container, front.id],
        );
    }, 60_000);
  });

  it('are seen where IPv6 is refused at published ports, by the client, and say why', async () => {
    const { two, lab } = swarm;
    const address6 = (address: string) => ['address', 'replace', `${address}/64`, 'dev', 'eth0', 'nodad'];
    await lab.outside.run('ip', address6(CLIENT6));
    await two.run('ip', address6(NODE6));
    const published = (port: number) => ({ protocol: 'tcp', address: `[${NODE6}]`, port }) as const;
    const client = { prober: fromOutside(lab.outside) };
    await allows(client, published(8082), 'all of the world may');
    await denies(client, published(8081));
    await eventually(async () => {
      const all = await observed('--from', CLIENT6);
      const why =
        'by IPv6 80/tcp of app/front is closed: all of the world may reach a port or nobody, as there rules about ' +
        'addresses are for IPv4 alone (docs/protocols.md, IPv6)';
      const file = 'label swarmwall.ingress of app/front';
      assert.deepEqual([...new Set(all.map(told))], [`${two.name} ingress denied: ${why} (${file})`]);
      for (const { destination, port, network, packets } of all)
        assert.deepEqual(
          [destination.service, destination.address, port, network, packets > 0],
          ['app/front', NODE6, 80, 'docker_gwbridge', true],
        );
    }, 60_000);
  });

  it('are told of no more by a node with an old reader, which says so and goes on enforcing', async () => {
    const { two, lab, agents } = swarm;
    const link = (to: string) => two.run('ln', ['-sfn', to, READER]);
    const renew = async (): Promise<void> => {
      await agents.killAgent(two);
      await agents.startAgent(two);
      await agents.settled();
    };
    const status = async (): Promise<string> =>
      (await lab.manager.run('swarmwall', ['status'], { reject: false })).stdout;
    const said = 'no flow of this node is recorded.*does not say which protocol it speaks.*install agent and';
    // All but its first line is the same as before it had one.
    two.writeFile('/root/old-reader', `#!/bin/sh\n${REAL_READER} | sed -u 1d\n`);
    await two.run('chmod', ['+x', '/root/old-reader']);
    await link('/root/old-reader');
    await renew();
    await eventually(async () => {
      assert.match(await status(), new RegExp(`^${two.name}: ${said}`, 'mu'));
    }, 30_000);
    assert.match(agents.logOf(two), new RegExp(`"level":50.*${said}`, 'u'));
    const { stdout } = await two.run('swarmwall', ['node', 'doctor'], { reject: false });
    assert.match(stdout, new RegExp(`no-flows.*${said}`, 'su'));
    const own = await two.run('swarmwall', ['status'], { reject: false });
    assert.match(own.stdout, new RegExp(`^${said}`, 'mu'));
    const db = { to: swarm.task('app_db', two), network: 'app_net', port: 5432 };
    await allows(swarm.task('app_web', two), db);
    await denies(swarm.task('app_eye', two), db);

    // Mended while the agent runs: it tries again by itself.
    await link(REAL_READER);
    await eventually(async () => {
      assert.doesNotMatch(await status(), /no flow of this node/u);
    }, 60_000);
    const mended = new Date().toISOString();
    await denies(swarm.task('app_eye', two), db);
    await eventually(async () => {
      const flows = await observed('--since', mended, '--verdict', 'denied', '--node', two.name);
      assert.ok(flows.length > 0);
    }, 30_000);
  });

  after(async () => {
    const { two, lab } = swarm;
    for (const host of [lab.outside, two])
      await host.run('ip', ['-6', 'address', 'flush', 'dev', 'eth0', 'scope', 'global']);
  });
});
