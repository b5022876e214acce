import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on, OpenConnection, update } from './agents.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
  db:
    image: swarmwall/demo:1
    command: [tcp/5432]
    networks: [net]
    deploy:
      mode: global
      endpoint_mode: dnsrr
      labels: { swarmwall.ingress: 'web:5432', swarmwall.limit: connections=2 }
networks:
  net: { driver: overlay }
`;
const NET = 'app_net';

describe('limits on a real Swarm', () => {
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
    tasks = await waitRunning(lab, ['app_web', 'app_db']);
    await agents.settled();
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  it('hold for each peer, from node to node, until they are taken away', async () => {
    const db = on(tasks, 'app_db', two);
    const address = db.addresses[NET] ?? '';
    const judge = (node: LabNode) => observe(on(tasks, 'app_web', node), db, NET, 5432);
    await eventually(async () => {
      assert.equal(await judge(one), 'allowed');
    });
    const open = await Promise.all(
      ['limit-1', 'limit-2'].map((name) =>
        OpenConnection.open(on(tasks, 'app_web', one), address, 5432, name),
      ),
    );
    assert.equal(await judge(one), 'denied', 'a third');
    assert.equal(await judge(two), 'allowed', 'another peer has its own');
    for (const connection of open) assert.ok((await connection.hears(1_000)) > 0, 'what is open goes on');
    await eventually(async () => {
      const { denied } = await agents.denied(two);
      assert.ok(
        denied.some(({ verdict, from, to }) => `${verdict} ${from} ${to}` === 'limited app/web app/db'),
      );
    });
    await update(lab, 'app_db', '--label-rm', 'swarmwall.limit');
    await eventually(async () => {
      assert.equal(await judge(one), 'allowed', 'without a limit');
    });
    for (const connection of open) {
      assert.ok((await connection.hears(1_000)) > 0);
      await connection.close();
    }
  });
});
