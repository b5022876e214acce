import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { fromContainer, fromOutside, probeAll, type Prober, type ProbeTarget } from '../lab/probe.ts';
import { waitRunning, type LabTask } from '../lab/tasks.ts';
import { Agents, deployStack } from './agents.ts';
import { on } from './observe.ts';

const [CLIENT, STRANGER] = OUTSIDE_ADDRESSES;

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80, udp/53]
    ports:
      - { target: 80, published: 8081, mode: host }
      - { target: 53, published: 5301, protocol: udp, mode: host }
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: '${CLIENT}/32:80,53/udp shop:80', swarmwall.egress: none } }
  shop:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.egress: 'web:80' } }
  attacker:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
networks:
  net: { driver: overlay, attachable: true }
`;
const SERVICES = ['shop_web', 'shop_shop', 'shop_attacker'];
/** The node's own, for nobody but the test. */
const OWN = 9999;
const SERVER = `require('net').createServer((s) => s.on('data', (d) => s.write('node ' + d))).listen(${String(OWN)})`;

describe('the ways in and out of two real nodes', () => {
  let lab: Lab;
  let agents: Agents;
  let tasks: readonly LabTask[];
  let one: LabNode;
  let two: LabNode;
  const servers: LabProcess[] = [];

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await deployStack(lab, 'shop', STACK);
    tasks = await waitRunning(lab, SERVICES);
    for (const node of lab.nodes) servers.push(await node.spawn('node', ['-e', SERVER], 'own-port'));
  });
  after(async () => {
    await agents.remove();
    for (const server of servers) await server.stop('SIGKILL');
    await resetLab(lab);
  });

  /** Tried again until it is as expected: what is allowed may be lost on a busy machine, and rules take a moment. */
  async function outcomes(
    from: Prober,
    expected: readonly (readonly [target: ProbeTarget, observed: 'allowed' | 'denied'])[],
  ): Promise<void> {
    await eventually(async () => {
      const answers = await probeAll(
        from,
        expected.map(([target]) => target),
      );
      assert.deepEqual(
        expected.map(([{ address, port, source = '' }], at) => [
          `${source}→${address}:${port}`,
          answers[at]?.observed,
        ]),
        expected.map(([{ address, port, source = '' }, wanted]) => [`${source}→${address}:${port}`, wanted]),
      );
    }, 30_000);
  }

  const tcp = (address: string, port: number): ProbeTarget => ({ protocol: 'tcp', address, port });
  const gatewayOf = async (task: LabTask): Promise<string> => {
    const inspect = ['network', 'inspect', 'docker_gwbridge', '--format'];
    const format = `{{range $id, $c := .Containers}}{{if eq $id "${task.container}"}}{{$c.IPv4Address}}{{end}}{{end}}`;
    return (await task.node.docker([...inspect, format])).stdout.trim().split('/')[0] ?? '';
  };
  const shop = (node: LabNode): LabTask => on(tasks, 'shop_shop', node);

  it('are open without Swarmwall: published ports to all, and the node’s own to a task that should reach nothing', async () => {
    await outcomes(fromOutside(lab.outside), [
      [{ ...tcp(one.address, 8081), source: STRANGER }, 'allowed'],
      [{ ...tcp(two.address, 8081), source: STRANGER }, 'allowed'],
    ]);
    await outcomes(on(tasks, 'shop_web', one).prober, [
      [tcp(two.address, 8081), 'allowed'],
      [tcp(one.address, OWN), 'allowed'],
    ]);
    await outcomes(on(tasks, 'shop_attacker', one).prober, [[tcp(one.address, 8081), 'allowed']]);
  });

  it('let in by client at every node, TCP and UDP', async () => {
    await agents.start();
    const udp = (address: string): ProbeTarget => ({ protocol: 'udp', address, port: 5301 });
    const to = (source: string) =>
      [one, two].flatMap(({ address }) =>
        [tcp(address, 8081), udp(address)].map((target) => ({ ...target, source })),
      );
    await outcomes(fromOutside(lab.outside), [
      ...to(CLIENT).map((target) => [target, 'allowed'] as const),
      ...to(STRANGER).map((target) => [target, 'denied'] as const),
    ]);
  });

  it('lead from task to task by the pair alone: at its docker_gwbridge address, and through the node’s own', async () => {
    for (const node of [one, two]) {
      const web = await gatewayOf(on(tasks, 'shop_web', node));
      const way = tcp(node.address, 8081);
      await outcomes(shop(node).prober, [
        [way, 'allowed'],
        [tcp(node.address, OWN), 'denied'],
      ]);
      await outcomes(on(tasks, 'shop_attacker', node).prober, [
        [way, 'denied'],
        [tcp(web, 80), 'denied'],
      ]);
    }
  });

  it('let nothing out of a service that may reach nothing, not even to its own node', async () => {
    for (const node of [one, two])
      await outcomes(on(tasks, 'shop_web', node).prober, [
        [tcp(node.address, OWN), 'denied'],
        [tcp(one.address, 8081), 'denied'],
        [tcp(two.address, 8081), 'denied'],
        [tcp(await gatewayOf(shop(node)), 80), 'denied'],
      ]);
  });

  it('know a container that joined the network by its name, and nobody by its labels', async () => {
    const run = ['run', '--detach', '--name', 'stray', '--network', 'shop_net', 'swarmwall/demo:1', 'tcp/80'];
    const container = (await two.docker(run)).stdout.trim();
    const prober = fromContainer(two, container);
    const web = on(tasks, 'shop_web', two);
    await outcomes(prober, [
      [tcp(web.addresses['shop_net']!, 80), 'denied'],
      [tcp(await gatewayOf(web), 80), 'denied'],
      [tcp(two.address, 8081), 'denied'],
    ]);
    await eventually(async () => {
      const { denied } = await agents.denied(two);
      assert.ok(
        denied.some(({ from, to }) => from === 'container stray' && to === 'shop/web'),
        JSON.stringify(denied.slice(-3)),
      );
    });
    await two.docker(['rm', '--force', container]);
  });
});
