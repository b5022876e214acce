import assert from 'node:assert/strict';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import { eventually } from '../lab/eventually.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { allows, denies } from './observe.ts';

const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr }
  eye:
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
      labels: { swarmwall.ingress: 'web:5432' }
networks:
  net: { driver: overlay }
`;

describe('flows on a real Swarm', () => {
  const swarm = guardedSwarm({ stacks: { app: STACK } });

  async function observed(...argv: readonly string[]): Promise<readonly FlowRecord[]> {
    const { stdout } = await swarm.lab.manager.run('swarmwall', ['observe', '--json', ...argv]);
    return JSON.parse(stdout) as FlowRecord[];
  }

  it('are seen on the manager by name, of every node, with the rule that decided', async () => {
    const { one, two } = swarm;
    const db = { to: swarm.task('app_db', two), network: 'app_net', port: 5432 };
    await allows(swarm.task('app_web', one), db);
    await denies(swarm.task('app_eye', two), { ...db, to: swarm.task('app_db', one) });
    const told = ({ node, direction, verdict, reason }: FlowRecord) =>
      `${node} ${direction} ${verdict}: ${reason?.text ?? ''} (${reason?.file ?? ''})`;
    await eventually(async () => {
      const allowed = await observed('--from', 'app/web', '--to', 'app/db', '--port', '5432');
      const why = 'an ingress rule of app/db allows app/web on 5432/tcp (label swarmwall.ingress of app/db)';
      for (const seen of [`${one.name} egress`, `${two.name} ingress`])
        assert.ok(allowed.map(told).includes(`${seen} allowed: ${why}`), JSON.stringify(allowed));
      const denied = await observed('--verdict', 'denied', '--node', two.name, '--from', 'eye');
      const not = 'no ingress rule of app/db allows app/eye (label swarmwall.ingress of app/db)';
      assert.ok(denied.map(told).includes(`${two.name} egress denied: ${not}`), JSON.stringify(denied));
    }, 60_000);
  });
});
