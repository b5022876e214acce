import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab/eventually.ts';
import { sharedLab, resetLab } from '../lab/fixture.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { fromOutside, probe } from '../lab/probe.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on, OpenConnection } from './agents.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    ports: [{ target: 80, published: 8080, mode: host }]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: world:80, swarmwall.egress: 'db:5432' } }
  db:
    image: swarmwall/demo:1
    command: [tcp/5432]
    networks: [net]
    ports: [{ target: 5432, published: 8432, mode: host }]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: 'web:5432' } }
  attacker:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
networks:
  net: { driver: overlay }
`;
const NET = 'app_net';
const SERVICES = ['app_web', 'app_db', 'app_attacker'];

describe('the agent on a real node', () => {
  let lab: Lab;
  let agents: Agents;
  let tasks: readonly LabTask[];
  let one: LabNode;
  let two: LabNode;

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await agents.start();
    await deployStack(lab, 'app', STACK);
    tasks = await waitRunning(lab, SERVICES);
    await agents.settled();
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  const db = (node: LabNode): LabTask => on(tasks, 'app_db', node);

  it('is killed and started again under traffic: nothing leaks, nothing breaks', async () => {
    const web = on(tasks, 'app_web', one);
    const attacker = on(tasks, 'app_attacker', one);
    await eventually(async () => assert.equal(await observe(web, db(two), NET, 5432), 'allowed'));
    const open = [
      await OpenConnection.open(web, db(two).addresses[NET]!, 5432, 'restart-far'),
      await OpenConnection.open(web, db(one).addresses[NET]!, 5432, 'restart-near'),
    ];
    const leaks = await Promise.all([one, two].map((node) => receiveAll(db(node))));
    const floods = await Promise.all([one, two].map((node) => flood(attacker, db(node))));
    for (let round = 0; round < 5; round += 1) {
      await agents.killAgent(one);
      await sleep(300);
      await agents.startAgent(one);
      await sleep(700);
    }
    await agents.settled();
    // New connections too, not only open ones.
    assert.equal(await observe(web, db(two), NET, 5432), 'allowed');
    for (const connection of open)
      assert.ok((await connection.hears(1_000)) > 5, 'an allowed connection broke');
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
    for (const { sent, stop } of floods) {
      await stop();
      assert.ok(sent() > 100, `the flood was real: ${sent()}`);
    }
    for (const { stop } of leaks) await stop();
    for (const connection of open) await connection.close();
  });

  it('puts back a table that was deleted by hand, within a second, and says so', async () => {
    const path = await namespaceOf(one);
    for (const family of ['inet', 'bridge']) {
      const before = (await agents.agent(one)).health.driftRepaired;
      await one.inNetns(path, 'nft', ['delete', 'table', family, 'swarmwall']);
      await eventually(
        async () =>
          (await one.inNetns(path, 'nft', ['list', 'tables'])).stdout.includes(`${family} swarmwall`),
        1_000,
        20,
      );
      await eventually(async () => assert.ok((await agents.agent(one)).health.driftRepaired > before));
    }
    assert.equal(await observe(on(tasks, 'app_attacker', one), db(one), NET, 5432), 'denied');
    assert.equal(await observe(on(tasks, 'app_web', one), db(one), NET, 5432), 'allowed');
  });

  it('puts back DOCKER-USER that was flushed by hand, within a second, and says so', async () => {
    const jump = async (): Promise<boolean> =>
      (await two.run('iptables', ['-S', 'DOCKER-USER'])).stdout.includes('-j SWARMWALL');
    assert.ok(await jump());
    const before = (await agents.agent(two)).health.driftRepaired;
    await two.run('iptables', ['-F', 'DOCKER-USER']);
    await eventually(jump, 1_000, 20);
    await eventually(async () => {
      const { health } = await agents.agent(two);
      assert.ok(health.driftRepaired > before);
      assert.match(health.lastDrift?.what ?? '', /DOCKER-USER/);
    });
  });

  it('judges what comes from outside by the published service', async () => {
    const from = { prober: fromOutside(lab.outside) };
    const ask = (port: number) =>
      probe(from.prober, { protocol: 'tcp', address: two.address, port }, 1).then(({ observed }) => observed);
    assert.equal(await ask(8080), 'allowed');
    assert.equal(await ask(8432), 'denied');
  });

  it('leaves nothing behind when it is uninstalled, and can be uninstalled again', async () => {
    await two.run('swarmwall', ['uninstall']);
    const { stdout: tables } = await two.inNetns(await namespaceOf(two), 'nft', ['list', 'tables']);
    assert.doesNotMatch(tables, /swarmwall/);
    const { stdout: filter } = await two.run('iptables-save', []);
    assert.doesNotMatch(filter, /SWARMWALL/);
    assert.equal((await two.run('ipset', ['list', '-n'])).stdout, '');
    const { stdout: left } = await two.run('find', ['/run/swarmwall', '-type', 'f']);
    assert.equal(left, '');
    const { stdout: processes } = await two.run('ps', ['-eo', 'args']);
    assert.doesNotMatch(processes, /nft monitor|swarmwall agent/);
    await two.run('swarmwall', ['uninstall']);
    await agents.startAgent(two);
    await agents.settled();
  });

  async function namespaceOf(node: LabNode): Promise<string> {
    const { stdout } = await lab.manager.docker(['network', 'inspect', '--format', '{{.Id}}', NET]);
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
    const token = (await lab.manager.docker(['swarm', 'join-token', '--quiet', 'worker'])).stdout.trim();
    const addresses = ['--advertise-addr', late.address, '--listen-addr', `${late.address}:2377`];
    await late.docker(['swarm', 'join', '--token', token, ...addresses, `${lab.manager.address}:2377`]);
    const tasks = await eventually(async () => {
      const now = await waitRunning(lab, SERVICES);
      on(now, 'app_attacker', late);
      return now;
    }, 60_000);
    await agents.settled();
    const { name } = lab.manager;
    for (const node of [lab.node(name), late]) {
      const to = on(tasks, 'app_db', node);
      const web = on(tasks, 'app_web', late);
      await eventually(async () => assert.equal(await observe(web, to, NET, 5432), 'allowed'));
      assert.equal(await observe(on(tasks, 'app_attacker', late), to, NET, 5432), 'denied');
    }
  });
});

/** Every datagram that reaches the task on a port that nobody may send to. */
async function receiveAll(to: LabTask): Promise<{ received(): string; stop(): Promise<void> }> {
  const log = `leaks-${to.node.name}`;
  const receiver = await to.node.spawn(
    'docker',
    ['exec', to.container, 'socat', '-u', 'UDP-RECV:9999', 'STDOUT'],
    log,
  );
  return {
    received: () => readFileSync(join(to.node.folder, `${log}.log`), 'utf8'),
    stop: () => receiver.stop('SIGKILL'),
  };
}

/** A datagram every 10 ms or so, each a connection of its own. */
async function flood(from: LabTask, to: LabTask): Promise<{ sent(): number; stop(): Promise<void> }> {
  const address = to.addresses[NET]!;
  const log = `flood-${to.node.name}`;
  const script = `while :; do echo leak | socat -u - UDP:${address}:9999; echo sent; done`;
  const sender = await from.node.spawn('docker', ['exec', from.container, 'sh', '-c', script], log);
  const sent = (): number =>
    readFileSync(join(from.node.folder, `${log}.log`), 'utf8').split('\n').length - 1;
  return { sent, stop: () => sender.stop('SIGKILL') };
}
