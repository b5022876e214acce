import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import { probe } from '../lab/probe.ts';
import { type LabTask, waitRunning } from '../lab/tasks.ts';
import type { DnsRecords } from '../support/dns-authority.ts';
import { Agents, deployStack, on, update } from './agents.ts';

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
  let lab: Lab;
  let agents: Agents;
  let folder: string;
  let server: LabProcess;
  let tasks: readonly LabTask[];
  let first: string;
  let second: string;

  before(async () => {
    lab = await sharedLab();
    [first, second] = lab.outside.addresses as [string, string];
    folder = await mkdtemp(join(tmpdir(), 'swarmwall-dns-'));
    await records({
      'api.example.com': { ttl: 1, addresses: [first] },
      'other.example': { ttl: 1, addresses: [first] },
    });
    const script = join(import.meta.dirname, 'outside-dns.ts');
    const args = [
      '--import',
      import.meta.resolve('tsx'),
      script,
      first,
      join(folder, 'records.json'),
      String(PORT),
      String(PORT + 1),
    ];
    server = await lab.outside.spawn(process.execPath, args, 'outside-dns');
    agents = new Agents(lab, ['SWARMWALL_DNS_LEAST_SECONDS=3', 'SWARMWALL_DNS_GRACE_SECONDS=1']);
    await agents.start();
    await deployStack(lab, 'app', app(first));
    tasks = await waitRunning(lab, ['app_web']);
    await agents.settled();
  });
  after(async () => {
    await agents.remove();
    await server.stop('SIGKILL');
    await resetLab(lab);
    await rm(folder, { recursive: true });
  });

  const records = (given: Readonly<Record<string, DnsRecords>>) =>
    writeFile(join(folder, 'records.json'), JSON.stringify(given));

  /** As a program would: by name, at once. */
  const connects = async (task: LabTask, name: string, port = PORT): Promise<boolean> =>
    (await probe(task.prober, { protocol: 'tcp', address: name, port })).observed === 'allowed';

  it('is there for tasks on each node, at the first connection, by the name and its ports alone', async () => {
    for (const node of lab.nodes) {
      const task = on(tasks, 'app_web', node);
      assert.equal(
        await connects(task, first),
        false,
        `${node.name}: the address before the name was asked for`,
      );
      assert.ok(await connects(task, 'api.example.com'), `${node.name}: by name`);
      assert.equal(await connects(task, 'api.example.com', PORT + 1), false, `${node.name}: another port`);
      assert.equal(await connects(task, second), false, `${node.name}: another address`);
    }
  });

  it('holds while the agent is away and when it is back, and ends when the name has the address no more', async () => {
    const [node] = lab.nodes as [(typeof lab.nodes)[number]];
    const task = on(tasks, 'app_web', node);
    await agents.killAgent(node);
    assert.ok(await connects(task, first), 'the kernel goes on');
    await agents.startAgent(node);
    await agents.settled();
    assert.ok(await connects(task, 'api.example.com'));
    await records({ 'api.example.com': { ttl: 1, addresses: [second] } });
    await eventually(async () => {
      assert.ok(await connects(task, 'api.example.com'));
      assert.equal(await connects(task, first), false, 'the name’s former address');
    }, 60_000);
  });

  it('goes at once with its rule', async () => {
    const task = on(tasks, 'app_web', lab.nodes[1]!);
    await eventually(async () => assert.ok(await connects(task, 'api.example.com')), 30_000);
    await update(lab, 'app_web', '--label-add', 'swarmwall.egress=other.example:1');
    await eventually(async () => {
      await agents.settled();
      assert.equal(await connects(task, second), false);
      assert.equal(await connects(task, 'api.example.com'), false);
    }, 60_000);
  });
});
