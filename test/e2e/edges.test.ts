import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { fromContainer, fromOutside, type ProbeTarget } from '../lab/probe.ts';
import type { LabTask } from '../lab/tasks.ts';
import { gatewayOf } from './gateway-of.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { outcomes } from './observe.ts';
import { OWN, serveOwn } from './own-port.ts';
import { stackText } from './stack-text.ts';

const [CLIENT, STRANGER] = OUTSIDE_ADDRESSES;

const STACK = stackText(
  {
    web: {
      listens: ['tcp/80', 'udp/53'],
      ports: [
        { target: 80, published: 8081, mode: 'host' },
        { target: 53, published: 5301, protocol: 'udp', mode: 'host' },
      ],
      labels: { 'swarmwall.ingress': `${CLIENT}/32:80,53/udp shop:80`, 'swarmwall.egress': 'none' },
    },
    shop: { labels: { 'swarmwall.egress': 'web:80' } },
    attacker: {},
  },
  { driver: 'overlay', attachable: true },
);

describe('the ways in and out of two real nodes', () => {
  const swarm = guardedSwarm({ stacks: { shop: STACK }, unguarded: true });
  const servers: LabProcess[] = [];

  before(async () => {
    for (const node of swarm.both) servers.push(await serveOwn(node));
  });
  after(async () => {
    for (const server of servers) await server.stop('SIGKILL');
  });

  const tcp = (address: string, port: number): ProbeTarget => ({ protocol: 'tcp', address, port });
  const shop = (node: LabNode): LabTask => swarm.task('shop_shop', node);

  it('are open without Swarmwall: published ports to all, and the node’s own to a task that should reach nothing', async () => {
    const { lab, one, two } = swarm;
    await outcomes(fromOutside(lab.outside), [
      [{ ...tcp(one.address, 8081), source: STRANGER }, 'allowed'],
      [{ ...tcp(two.address, 8081), source: STRANGER }, 'allowed'],
    ]);
    await outcomes(swarm.task('shop_web', one).prober, [
      [tcp(two.address, 8081), 'allowed'],
      [tcp(one.address, OWN), 'allowed'],
    ]);
    await outcomes(swarm.task('shop_attacker', one).prober, [[tcp(one.address, 8081), 'allowed']]);
  });

  it('let in by client at every node, TCP and UDP', async () => {
    const { lab, agents, one, two } = swarm;
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
    for (const node of swarm.both) {
      const web = await gatewayOf(swarm.task('shop_web', node));
      const way = tcp(node.address, 8081);
      await outcomes(shop(node).prober, [
        [way, 'allowed'],
        [tcp(node.address, OWN), 'denied'],
      ]);
      await outcomes(swarm.task('shop_attacker', node).prober, [
        [way, 'denied'],
        [tcp(web, 80), 'denied'],
      ]);
    }
  });

  it('let nothing out of a service that may reach nothing, not even to its own node', async () => {
    const { one, two, both } = swarm;
    for (const node of both)
      await outcomes(swarm.task('shop_web', node).prober, [
        [tcp(node.address, OWN), 'denied'],
        [tcp(one.address, 8081), 'denied'],
        [tcp(two.address, 8081), 'denied'],
        [tcp(await gatewayOf(shop(node)), 80), 'denied'],
      ]);
  });

  it('know a container that joined the network by its name, and nobody by its labels', async () => {
    const { agents, two } = swarm;
    const run = ['run', '--detach', '--name', 'stray', '--network', 'shop_net', 'swarmwall/demo:1', 'tcp/80'];
    const container = (await two.docker(run)).stdout.trim();
    const prober = fromContainer(two, container);
    const web = swarm.task('shop_web', two);
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
