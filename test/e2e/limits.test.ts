import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.ts';
import { update } from './agents.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';
import { OpenConnection } from './open-connection.ts';
import { stackText } from './stack-text.ts';

const STACK = stackText({
  web: {},
  db: {
    listens: ['tcp/5432'],
    labels: { 'swarmwall.ingress': 'web:5432', 'swarmwall.limit': 'connections=2' },
  },
});

describe('limits on a real Swarm', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK } });

  it('hold for each peer, from node to node, until they are taken away', async () => {
    const { lab, agents, one, two } = swarm;
    const [near, far] = [swarm.task('app_web', one), swarm.task('app_web', two)];
    const db = { to: swarm.task('app_db', two), network: 'app_net', port: 5432 };
    await allows(near, db);
    const open = [1, 2].map(() => OpenConnection.open(near, db.to.addresses['app_net']!, 5432));
    const connections = await Promise.all(open);
    await denies(near, db, 'a third');
    await allows(far, db, 'another peer has its own');
    for (const connection of connections) await connection.goesOn();
    await eventually(async () => {
      const { denied } = await agents.denied(two);
      assert.ok(
        denied.some(({ verdict, from, to }) => `${verdict} ${from} ${to}` === 'limited app/web app/db'),
      );
    });
    await update(lab, 'app_db', '--label-rm', 'swarmwall.limit');
    await allows(near, db, 'without a limit');
    for (const connection of connections) {
      await connection.goesOn();
      await connection.close();
    }
  });
});
