import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { fromContainer } from '../lab/probe.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on, OpenConnection, update } from './agents.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: none, swarmwall.egress: 'db:5432 db:5353/udp' } }
  db:
    image: swarmwall/demo:1
    command: [tcp/5432, tcp/9000, udp/5353]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: 'web:5432 web:5353/udp' } }
  client:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { replicas: 1, endpoint_mode: dnsrr, placement: { constraints: [node.hostname==node1] } }
  attacker:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
networks:
  net: { driver: overlay, attachable: true }
`;
const NET = 'app_net';
const SERVICES = ['app_web', 'app_db', 'app_client', 'app_attacker'];

describe('enforcement on two real nodes', () => {
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
  const allows = (from: Pick<LabTask, 'prober'>, to: LabTask, port: number) =>
    eventually(async () => assert.equal(await observe(from, to, NET, port), 'allowed'), 10_000);
  const denies = (from: Pick<LabTask, 'prober'>, to: LabTask, port: number) =>
    eventually(async () => assert.equal(await observe(from, to, NET, port), 'denied'), 10_000);

  it('lets through what the labels allow and nothing else, on one node and across two', async () => {
    await allows(on(tasks, 'app_web', one), db(two), 5432);
    for (const from of tasks)
      for (const node of [one, two]) {
        const to = db(node);
        if (from.container === to.container) continue;
        const web = from.service === 'app_web';
        const expected = [web ? 'allowed' : 'denied', web ? 'allowed' : 'denied', 'denied'];
        const observed = await Promise.all([
          observe(from, to, NET, 5432),
          observe(from, to, NET, 5353, 'udp'),
          observe(from, to, NET, 9000),
        ]);
        assert.deepEqual(observed, expected, `${from.service} on ${from.node.name} → db on ${node.name}`);
      }
  });

  it('names what it denied', async () => {
    await observe(on(tasks, 'app_attacker', one), db(one), NET, 5432);
    await eventually(async () => {
      const { denied } = await agents.denied(one);
      assert.ok(denied.some(({ from, to, port }) => `${from} ${to}:${port}` === 'app/attacker app/db:5432'));
    });
  });

  it('adds an allow to a live service, and cuts its open connections when it is taken away', async () => {
    const attacker = on(tasks, 'app_attacker', one);
    const added = 'swarmwall.ingress=web:5432 web:5353/udp attacker:5432';
    await update(lab, 'app_db', '--label-add', added);
    await allows(attacker, db(two), 5432);
    const address = db(two).addresses[NET]!;
    const revoked = await OpenConnection.open(attacker, address, 5432, 'revoked');
    const kept = await OpenConnection.open(on(tasks, 'app_web', one), address, 5432, 'kept');
    await update(lab, 'app_db', '--label-add', 'swarmwall.ingress=web:5432 web:5353/udp');
    await denies(attacker, db(two), 5432);
    assert.equal(await revoked.hears(1_000), 0);
    assert.ok((await kept.hears(1_000)) > 5);
    await Promise.all([revoked.close(), kept.close()]);
  });

  it('follows a service that is scaled up and down', async () => {
    await update(lab, 'app_client', '--label-add', 'swarmwall.egress=db:9000', '--replicas', '4');
    await update(lab, 'app_db', '--label-add', 'swarmwall.ingress=web:5432 web:5353/udp client:9000');
    tasks = await waitRunning(lab, SERVICES);
    const clients = tasks.filter(({ service }) => service === 'app_client');
    assert.equal(clients.length, 4);
    for (const client of clients) await allows(client, db(two), 9000);
    await update(lab, 'app_client', '--replicas', '1');
    tasks = await eventually<readonly LabTask[]>(async () => {
      const now = await waitRunning(lab, SERVICES);
      assert.equal(now.filter(({ service }) => service === 'app_client').length, 1);
      return now;
    });
    const address = tasks.find(({ service }) => service === 'app_client')!.addresses[NET]!;
    await eventually(async () => {
      const { stdout } = await one.inNetns(await namespaceOf(one), 'nft', [
        'list',
        'map',
        'inet',
        'swarmwall',
        'ids',
      ]);
      for (const gone of clients.map((client) => client.addresses[NET]!))
        assert.equal(stdout.includes(`${gone} `), gone === address, gone);
    });
  });

  it('follows a task to the other node', async () => {
    await update(
      lab,
      'app_client',
      '--constraint-rm',
      'node.hostname==node1',
      '--constraint-add',
      'node.hostname==node2',
    );
    tasks = await eventually<readonly LabTask[]>(async () => {
      const now = await waitRunning(lab, SERVICES);
      on(now, 'app_client', two);
      return now;
    }, 60_000);
    const client = on(tasks, 'app_client', two);
    await allows(client, db(one), 9000);
    await allows(client, db(two), 9000);
    await denies(client, db(one), 5432);
  });

  it("drops on the destination's node what the source's node lets out", async () => {
    await agents.killAgent(one);
    const path = await namespaceOf(one);
    for (const family of ['inet', 'bridge'])
      await one.inNetns(path, 'nft', ['delete', 'table', family, 'swarmwall']);
    const attacker = on(tasks, 'app_attacker', one);
    assert.equal(await observe(attacker, db(one), NET, 5432), 'allowed', 'node1 has no rules now');
    assert.equal(await observe(attacker, db(two), NET, 5432), 'denied');
    assert.equal(await observe(on(tasks, 'app_web', one), db(two), NET, 5432), 'allowed');
    await agents.startAgent(one);
    await denies(attacker, db(one), 5432);
    await agents.settled();
  });

  it("gives a plain container nothing for a task's labels", async () => {
    const web = on(tasks, 'app_web', two);
    const labels = [
      `com.docker.swarm.task.id=${web.id}`,
      'com.docker.swarm.task.name=app_web.1',
      'com.docker.swarm.service.name=app_web',
      'com.docker.stack.namespace=app',
    ].flatMap((label) => ['--label', label]);
    const { stdout } = await two.docker([
      'run',
      '--detach',
      '--network',
      NET,
      ...labels,
      'swarmwall/demo:1',
      'tcp/80',
    ]);
    const container = stdout.trim();
    const forger = { prober: fromContainer(two, container) };
    for (const node of [one, two]) assert.equal(await observe(forger, db(node), NET, 5432), 'denied');
    assert.equal(await observe(web, db(one), NET, 5432), 'allowed');
    await two.docker(['rm', '--force', container]);
  });

  async function namespaceOf(node: LabNode): Promise<string> {
    const { stdout } = await lab.manager.docker(['network', 'inspect', '--format', '{{.Id}}', NET]);
    return (await node.overlayNetns(stdout.trim()))!;
  }
});
