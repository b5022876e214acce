import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import { OUTSIDE_ADDRESSES } from '../lab/fabric.ts';
import { sharedLab } from '../lab/fixture.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import { probe } from '../lab/probe.ts';
import type { LabTask } from '../lab/tasks.ts';
import type { DnsRecords } from '../support/dns-authority.ts';
import { update } from './agents.ts';
import { guardedSwarm } from './guarded-swarm.ts';

const PORT = 7443;

const app = (server: string) => `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    networks: [net]
    dns: [${server}]
    command: [tcp/80]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.egress: 'api.example.com:${PORT}' } }
networks:
  net: { driver: overlay }
`;

describe('egress by DNS name on two real nodes', () => {
  const [first, second] = OUTSIDE_ADDRESSES;
  let folder: string;
  let server: LabProcess | undefined;

  before(async () => {
    const lab = await sharedLab();
    folder = await mkdtemp(join(tmpdir(), 'swarmwall-dns-'));
    await records({
      'api.example.com': { ttl: 1, addresses: [first] },
      'other.example': { ttl: 1, addresses: [first] },
    });
    const script = join(import.meta.dirname, 'outside-dns.ts');
    const given = [first, join(folder, 'records.json'), String(PORT), String(PORT + 1)];
    const argv = ['--import', import.meta.resolve('tsx'), script, ...given];
    const started = await lab.outside.spawn(process.execPath, argv, 'outside-dns');
    server = started;
    await eventually(() => {
      if (!started.log().includes('serving')) throw new Error(`no DNS server: ${started.tail(5)}`);
    }, 60_000);
  });
  const swarm = guardedSwarm({
    stacks: { app: app(first) },
    // Longer than a busy machine takes from the agent's end to the next connection.
    settings: ['SWARMWALL_DNS_LEAST_SECONDS=12', 'SWARMWALL_DNS_GRACE_SECONDS=6'],
  });
  before('every node has the rules about names', () =>
    eventually(async () => {
      for (const node of swarm.both) {
        const { health } = await swarm.agents.agent(node);
        const names = health.programs.find(({ name }) => name === 'DNS names');
        assert.equal(names?.state, 'applied', node.name);
      }
    }),
  );
  after(async () => {
    await server?.stop('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const records = (given: Readonly<Record<string, DnsRecords>>) =>
    writeFile(join(folder, 'records.json'), JSON.stringify(given));

  /** As a program would: by name, at once. */
  const connects = async (task: LabTask, name: string, port = PORT, seconds = 1.5): Promise<boolean> =>
    (await probe(task.prober, { protocol: 'tcp', address: name, port }, seconds)).observed === 'allowed';
  /** At the first try, however long it takes. */
  const reaches = (task: LabTask, name: string): Promise<boolean> => connects(task, name, PORT, 8);

  it('is there for tasks on each node, at the first connection, by the name and its ports alone', async () => {
    for (const node of swarm.both) {
      const task = swarm.task('app_web', node);
      assert.equal(
        await connects(task, first),
        false,
        `${node.name}: the address before the name was asked for`,
      );
      assert.ok(await reaches(task, 'api.example.com'), `${node.name}: by name`);
      assert.equal(await connects(task, 'api.example.com', PORT + 1), false, `${node.name}: another port`);
      assert.equal(await connects(task, second), false, `${node.name}: another address`);
    }
  });

  it('holds while the agent is away and when it is back, and ends when the name has the address no more', async () => {
    const { agents, one } = swarm;
    const task = swarm.task('app_web', one);
    assert.ok(await reaches(task, 'api.example.com'), 'the lease is a new one');
    await agents.killAgent(one);
    assert.ok(await reaches(task, first), 'the kernel goes on');
    await agents.startAgent(one);
    await agents.settled();
    assert.ok(await reaches(task, 'api.example.com'));
    await records({ 'api.example.com': { ttl: 1, addresses: [second] } });
    await eventually(async () => {
      assert.ok(await reaches(task, 'api.example.com'));
      assert.equal(await connects(task, first), false, 'the name’s former address');
    }, 90_000);
  });

  it('goes at once with its rule', async () => {
    const { lab, agents, two } = swarm;
    const task = swarm.task('app_web', two);
    await eventually(() => reaches(task, 'api.example.com'), 60_000);
    await update(lab, 'app_web', '--label-add', 'swarmwall.egress=other.example:1');
    await eventually(async () => {
      await agents.settled();
      assert.equal(await connects(task, second), false);
      assert.equal(await connects(task, 'api.example.com'), false);
    }, 60_000);
  });
});
