import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { probe } from '../lab/probe.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on } from './agents.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: none, swarmwall.egress: 'db:5432' } }
  db:
    image: swarmwall/demo:1
    command: [tcp/5432, tcp/9000]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: 'web:5432' } }
  attacker:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
networks:
  net: { external: true, name: six }
`;
const SERVICES = ['app_web', 'app_db', 'app_attacker'];

/** Engines before 28 give the tasks of such a network no IPv6 address, and do not start them. */
describe('IPv6 that the engine gives on an overlay', () => {
  let lab: Lab;
  let agents: Agents;
  let one: LabNode;
  let two: LabNode;

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await agents.start();
    await lab.manager.docker(['network', 'create', '--driver', 'overlay', '--ipv6', 'six']);
    await deployStack(lab, 'app', STACK);
  });
  after(async () => {
    await agents.remove();
    await resetLab(lab);
  });

  it('is judged as IPv4 is, or there is none', async () => {
    if (lab.engine !== '28.5') {
      await eventually(async () => {
        const { stdout } = await lab.manager.docker(['service', 'ps', '--no-trunc', 'app_web']);
        assert.match(stdout, /Rejected.*non-overlapping IPv6 address pool/);
      }, 60_000);
      return;
    }
    const tasks = await waitRunning(lab, SERVICES);
    await agents.settled();
    const [web, db, attacker] = SERVICES.map((service) => on(tasks, service, one)) as [
      LabTask,
      LabTask,
      LabTask,
    ];
    for (const port of [5432, 9000])
      await one.docker(['exec', '--detach', db.container, 'socat', listen6(port), 'EXEC:/bin/answer']);
    const [address, far] = [await address6(db), await address6(on(tasks, 'app_db', two))];
    const ask = async (from: LabTask, to: string, port: number) =>
      (await probe(from.prober, { protocol: 'tcp', address: `[${to}]`, port }, 1)).observed;
    await eventually(async () => assert.equal(await ask(web, address, 5432), 'allowed'));
    assert.equal(await observe(web, db, 'six', 5432), 'allowed');
    assert.equal(await ask(web, address, 9000), 'denied');
    assert.equal(await ask(attacker, address, 5432), 'denied');
    assert.equal(await ask(web, far, 5432), 'denied', 'an engine gives each node a subnet of its own');
    await eventually(async () => {
      const { denied } = await agents.denied(one);
      const flow = denied.find(({ toAddress, port }) => toAddress === address && port === 5432);
      assert.equal(`${flow?.from} ${flow?.to}`, 'app/attacker app/db');
    });
  });

  async function address6({ node, container }: LabTask): Promise<string> {
    const format = '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}';
    return (await node.docker(['inspect', '--format', format, container])).stdout.trim();
  }
});

/** Beside the image's own listener, which is IPv4's. */
function listen6(port: number): string {
  return `TCP6-LISTEN:${port},fork,reuseaddr,ipv6only=1`;
}
