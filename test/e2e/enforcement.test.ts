import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import type { LabNode } from '../lab/node.ts';
import { fromContainer } from '../lab/probe.ts';
import type { LabTask } from '../lab/tasks.ts';
import { update } from './agents.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';
import { OpenConnection } from './open-connection.ts';
import { stackText } from './stack-text.ts';

const STACK = stackText(
  {
    web: { labels: { 'swarmwall.ingress': 'none', 'swarmwall.egress': 'db:5432 db:5353/udp' } },
    db: {
      listens: ['tcp/5432', 'tcp/9000', 'udp/5353'],
      labels: { 'swarmwall.ingress': 'web:5432 web:5353/udp' },
    },
    client: { deploy: { replicas: 1, placement: { constraints: ['node.hostname==node1'] } } },
    attacker: {},
  },
  { driver: 'overlay', attachable: true },
);
const NET = 'app_net';

describe('enforcement on two real nodes', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK } });
  const task = swarm.task;
  /** A port of the database's on that node. */
  const db = (node: LabNode, port = 5432, protocol: 'tcp' | 'udp' = 'tcp') => ({
    ...{ to: task('app_db', node), network: NET, port, protocol },
  });

  it('lets through what the labels allow and nothing else, on one node and across two', async () => {
    for (const from of swarm.tasks)
      for (const node of swarm.both) {
        const to = task('app_db', node);
        if (from.container === to.container) continue;
        const listed = from.service === 'app_web' ? allows : denies;
        const why = `${from.service} on ${from.node.name} → db on ${node.name}`;
        await Promise.all([
          listed(from, db(node), why),
          listed(from, db(node, 5353, 'udp'), why),
          denies(from, db(node, 9000), why),
        ]);
      }
  });

  it('names what it denied', async () => {
    const { agents, one } = swarm;
    await denies(task('app_attacker', one), db(one));
    await eventually(async () => {
      const { denied } = await agents.denied(one);
      assert.ok(denied.some(({ from, to, port }) => `${from} ${to}:${port}` === 'app/attacker app/db:5432'));
    });
  });

  it('adds an allow to a live service, and cuts its open connections when it is taken away', async () => {
    const { lab, agents, one, two } = swarm;
    const attacker = task('app_attacker', one);
    const added = 'swarmwall.ingress=web:5432 web:5353/udp attacker:5432';
    await update(lab, 'app_db', '--label-add', added);
    await allows(attacker, db(two));
    await allows(task('app_web', one), db(two));
    const address = task('app_db', two).addresses[NET]!;
    const revoked = await OpenConnection.open(attacker, address, 5432);
    const kept = await OpenConnection.open(task('app_web', one), address, 5432);
    await update(lab, 'app_db', '--label-add', 'swarmwall.ingress=web:5432 web:5353/udp');
    await agents.settled();
    await denies(attacker, db(two));
    await revoked.ends();
    await kept.goesOn();
    await Promise.all([revoked.close(), kept.close()]);
  });

  it('follows a service that is scaled up and down', async () => {
    const { lab, one, two } = swarm;
    const clients = (): readonly LabTask[] => swarm.tasks.filter(({ service }) => service === 'app_client');
    await update(lab, 'app_client', '--label-add', 'swarmwall.egress=db:9000', '--replicas', '4');
    await update(lab, 'app_db', '--label-add', 'swarmwall.ingress=web:5432 web:5353/udp client:9000');
    await swarm.look();
    const four = clients();
    assert.equal(four.length, 4);
    for (const client of four) await allows(client, db(two, 9000));
    await update(lab, 'app_client', '--replicas', '1');
    await swarm.look();
    const [left] = clients();
    assert.equal(clients().length, 1);
    await eventually(async () => {
      const list = ['list', 'map', 'inet', 'swarmwall', 'ids'];
      const { stdout } = await one.inNetns(await namespaceOf(one), 'nft', list);
      for (const { addresses } of four)
        assert.equal(stdout.includes(`${addresses[NET]} `), addresses[NET] === left?.addresses[NET]);
    });
  });

  it('follows a task to the other node', async () => {
    const { lab, one, two } = swarm;
    const [from, to] = [one, two].map(({ name }) => `node.hostname==${name}`) as [string, string];
    await update(lab, 'app_client', '--constraint-rm', from, '--constraint-add', to);
    await eventually(async () => {
      await swarm.look();
      task('app_client', two);
    }, 60_000);
    const client = task('app_client', two);
    await allows(client, db(one, 9000));
    await allows(client, db(two, 9000));
    await denies(client, db(one));
  });

  it("drops on the destination's node what the source's node lets out", async () => {
    const { agents, one, two } = swarm;
    await agents.killAgent(one);
    const path = await namespaceOf(one);
    for (const family of ['inet', 'bridge'])
      await one.inNetns(path, 'nft', ['delete', 'table', family, 'swarmwall']);
    const attacker = task('app_attacker', one);
    await allows(attacker, db(one), 'node1 has no rules now');
    await denies(attacker, db(two));
    await allows(task('app_web', one), db(two));
    await agents.startAgent(one);
    await agents.settled();
    await denies(attacker, db(one));
  });

  it("gives a plain container nothing for a task's labels", async () => {
    const { one, two, both } = swarm;
    const web = task('app_web', two);
    const labels = [
      `com.docker.swarm.task.id=${web.id}`,
      'com.docker.swarm.task.name=app_web.1',
      'com.docker.swarm.service.name=app_web',
      'com.docker.stack.namespace=app',
    ].flatMap((label) => ['--label', label]);
    const run = ['run', '--detach', '--network', NET, ...labels, 'swarmwall/demo:1', 'tcp/80'];
    const container = (await two.docker(run)).stdout.trim();
    const forger = { prober: fromContainer(two, container) };
    for (const node of both) await denies(forger, db(node));
    await allows(web, db(one));
    await two.docker(['rm', '--force', container]);
  });

  async function namespaceOf(node: LabNode): Promise<string> {
    const { stdout } = await swarm.one.docker(['network', 'inspect', '--format', '{{.Id}}', NET]);
    return (await node.overlayNetns(stdout.trim()))!;
  }
});
