import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab/eventually.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { fromOutside } from '../lab/probe.ts';
import { joinSwarm } from '../lab/swarm.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack } from './agents.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies, on } from './observe.ts';
import { OpenConnection } from './open-connection.ts';
import { stackText } from './stack-text.ts';

const STACK = stackText({
  web: {
    ports: [{ target: 80, published: 8080, mode: 'host' }],
    labels: { 'swarmwall.ingress': 'world:80', 'swarmwall.egress': 'db:5432' },
  },
  db: {
    listens: ['tcp/5432'],
    ports: [{ target: 5432, published: 8432, mode: 'host' }],
    labels: { 'swarmwall.ingress': 'web:5432' },
  },
  attacker: {},
});
const NET = 'app_net';
const SERVICES = ['app_web', 'app_db', 'app_attacker'];
/** A full look comes every 15 s: what is put back by then was seen by its event. On a quiet machine it takes some 100 ms. */
const AT_ONCE = 5_000;

describe('the agent on a real node', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK } });
  const at = (to: LabTask) => ({ to, network: NET, port: 5432 });
  const db = (node: LabNode): LabTask => swarm.task('app_db', node);

  it('is killed and started again under traffic: nothing leaks, nothing breaks', async () => {
    const { agents, one, two, both } = swarm;
    const web = swarm.task('app_web', one);
    const attacker = swarm.task('app_attacker', one);
    for (const node of both) await allows(web, at(db(node)));
    const open = await Promise.all(
      [two, one].map((node) => OpenConnection.open(web, db(node).addresses[NET]!, 5432)),
    );
    const leaks = await Promise.all(both.map((node) => receiveAll(db(node))));
    const floods = await Promise.all(both.map((node) => flood(attacker, db(node))));
    for (let round = 0; round < 5; round += 1) {
      await agents.killAgent(one);
      await sleep(300);
      await agents.startAgent(one);
      await sleep(700);
    }
    await agents.settled();
    // New connections too, not only open ones.
    await allows(web, at(db(two)));
    for (const connection of open) await connection.goesOn();
    await eventually(() => floods.every(({ sent }) => sent() > 100), 60_000);
    for (const { received } of leaks) assert.equal(received(), '');
    // And it would have been seen: without rules on its node the same flood arrives.
    await agents.killAgent(one);
    const path = await namespaceOf(one);
    for (const family of ['inet', 'bridge'])
      await one.inNetns(path, 'nft', ['delete', 'table', family, 'swarmwall']);
    await eventually(() => leaks[0]!.received() !== '');
    assert.equal(leaks[1]!.received(), '');
    await agents.startAgent(one);
    await agents.settled();
    for (const { stop } of [...floods, ...leaks]) await stop();
    for (const connection of open) await connection.close();
  });

  it('puts back a table that was deleted by hand, long before it would look, and says so', async () => {
    const { agents, one } = swarm;
    const path = await namespaceOf(one);
    for (const family of ['inet', 'bridge']) {
      const before = (await agents.agent(one)).health.driftRepaired;
      await one.inNetns(path, 'nft', ['delete', 'table', family, 'swarmwall']);
      await eventually(
        async () =>
          (await one.inNetns(path, 'nft', ['list', 'tables'])).stdout.includes(`${family} swarmwall`),
        AT_ONCE,
        20,
      );
      await eventually(async () => assert.ok((await agents.agent(one)).health.driftRepaired > before));
    }
    await denies(swarm.task('app_attacker', one), at(db(one)));
    await allows(swarm.task('app_web', one), at(db(one)));
  });

  it('puts back DOCKER-USER that was flushed by hand, long before it would look, and says so', async () => {
    const { agents, two } = swarm;
    const jump = async (): Promise<boolean> =>
      (await two.run('iptables', ['-S', 'DOCKER-USER'])).stdout.includes('-j SWARMWALL');
    assert.ok(await jump());
    const before = (await agents.agent(two)).health.driftRepaired;
    await two.run('iptables', ['-F', 'DOCKER-USER']);
    await eventually(jump, AT_ONCE, 20);
    await eventually(async () => {
      const { health } = await agents.agent(two);
      assert.ok(health.driftRepaired > before);
      assert.match(health.lastDrift?.what ?? '', /DOCKER-USER/);
    });
  });

  it('judges what comes from outside by the published service', async () => {
    const { lab, two } = swarm;
    const from = { prober: fromOutside(lab.outside) };
    const published = (port: number) => ({ protocol: 'tcp', address: two.address, port }) as const;
    await allows(from, published(8080));
    await denies(from, published(8432));
  });

  it('leaves nothing behind when it is uninstalled, and can be uninstalled again', async () => {
    const { agents, two } = swarm;
    await two.run('swarmwall', ['uninstall']);
    const { stdout: tables } = await two.inNetns(await namespaceOf(two), 'nft', ['list', 'tables']);
    assert.doesNotMatch(tables, /swarmwall/);
    const { stdout: filter } = await two.run('iptables-save', []);
    assert.doesNotMatch(filter, /SWARMWALL/);
    assert.equal((await two.run('ipset', ['list', '-n'])).stdout, '');
    const { stdout: left } = await two.run('find', ['/run/swarmwall', '-type', 'f']);
    assert.equal(left, '');
    // It was told to end, and what it had started with it.
    await eventually(async () => {
      const { stdout: processes } = await two.run('ps', ['-eo', 'args']);
      assert.doesNotMatch(processes, /nft monitor|swarmwall agent/);
    });
    await two.run('swarmwall', ['uninstall']);
    await agents.startAgent(two);
    await agents.settled();
  });

  async function namespaceOf(node: LabNode): Promise<string> {
    const { stdout } = await swarm.one.docker(['network', 'inspect', '--format', '{{.Id}}', NET]);
    return (await node.overlayNetns(stdout.trim()))!;
  }
});

describe('a node that joins late', () => {
  let lab: Lab;
  let agents: Agents;

  before(async () => {
    lab = await createLab({ prefix: `late-${process.pid}`, nodes: 1 });
    await lab.swarm();
    agents = new Agents(lab);
    await agents.start();
    await deployStack(lab, 'app', STACK);
    await waitRunning(lab, SERVICES);
  });
  after(() => lab.destroy());

  it('waits outside the Swarm, and guards its first tasks when it is in', async () => {
    const late = await lab.addNode({ join: false });
    await agents.startAgent(late);
    await eventually(async () => assert.equal((await agents.agent(late)).swarm, 'inactive'));
    await joinSwarm(lab.manager, late, 'worker');
    const tasks = await waitRunning(lab, SERVICES);
    await agents.settled();
    for (const node of lab.nodes) {
      const db = { to: on(tasks, 'app_db', node), network: NET, port: 5432 };
      await allows(on(tasks, 'app_web', late), db);
      await denies(on(tasks, 'app_attacker', late), db);
    }
  });
});

/** Every datagram that reaches the task on a port that nobody may send to. */
async function receiveAll(to: LabTask): Promise<{ received(): string; stop(): Promise<void> }> {
  const args = ['exec', to.container, 'socat', '-u', 'UDP-RECV:9999', 'STDOUT'];
  const receiver = await to.node.spawn('docker', args);
  return { received: () => receiver.log(), stop: () => receiver.stop('SIGKILL') };
}

/** A datagram every 10 ms or so, each a connection of its own. */
async function flood(from: LabTask, to: LabTask): Promise<{ sent(): number; stop(): Promise<void> }> {
  const script = `while :; do echo leak | socat -u - UDP:${to.addresses[NET]!}:9999; echo sent; done`;
  const sender = await from.node.spawn('docker', ['exec', from.container, 'sh', '-c', script]);
  return { sent: () => sender.log().split('\n').length - 1, stop: () => sender.stop('SIGKILL') };
}
