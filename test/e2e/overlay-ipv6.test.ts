import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import type { LabTask } from '../lab/tasks.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { listenSix } from './listen-six.ts';
import { allows, denies } from './observe.ts';
import { stackText } from './stack-text.ts';

const STACK = stackText(
  {
    web: { labels: { 'swarmwall.ingress': 'none', 'swarmwall.egress': 'db:5432' } },
    db: { listens: ['tcp/5432', 'tcp/9000'], labels: { 'swarmwall.ingress': 'web:5432' } },
    attacker: {},
  },
  { external: true, name: 'six' },
);

/** Engines before 28 give the tasks of such a network no IPv6 address, and do not start them. */
describe('IPv6 that the engine gives on an overlay', () => {
  const swarm = guardedSwarm();

  before(async () => {
    await swarm.one.docker(['network', 'create', '--driver', 'overlay', '--ipv6', 'six']);
    await swarm.deploy('app', STACK);
  });

  it('is judged as IPv4 is, or there is none', async () => {
    const { lab, agents, one, two } = swarm;
    if (lab.engine !== '28.5') {
      await eventually(async () => {
        const { stdout } = await one.docker(['service', 'ps', '--no-trunc', 'app_web']);
        assert.match(stdout, /Rejected.*non-overlapping IPv6 address pool/);
      }, 60_000);
      return;
    }
    await swarm.look();
    const [web, db, attacker] = [
      swarm.task('app_web', one),
      swarm.task('app_db', one),
      swarm.task('app_attacker', one),
    ];
    for (const port of [5432, 9000]) await listenSix(db, port);
    const [address, far] = [await address6(db), await address6(swarm.task('app_db', two))];
    const at = (to: string, port: number) => ({ protocol: 'tcp', address: `[${to}]`, port }) as const;
    await allows(web, at(address, 5432));
    await allows(web, { to: db, network: 'six', port: 5432 });
    await denies(web, at(address, 9000));
    await denies(attacker, at(address, 5432));
    await denies(web, at(far, 5432), 'an engine gives each node a subnet of its own');
    await eventually(async () => {
      const { denied } = await agents.denied(one);
      const flows = denied.map(({ from, to, toAddress, port }) => `${from} ${to} ${toAddress} ${port}`);
      assert.ok(flows.includes(`app/attacker app/db ${address} 5432`), flows.join());
    });
  });

  async function address6({ node, container }: LabTask): Promise<string> {
    const format = '{{.NetworkSettings.Networks.six.GlobalIPv6Address}}';
    return (await node.docker(['inspect', '--format', format, container])).stdout.trim();
  }
});
