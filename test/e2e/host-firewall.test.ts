import assert from 'node:assert/strict';
import { HOST_TABLE } from '../../rules/host-firewall/host-program.ts';
import { eventually } from '../lab/eventually.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { waitRunning } from '../lab/tasks.ts';
import { Agents, deployStack, observe, on } from './agents.ts';

const SSH = 2222;
const POLICY = `kind: NodePolicy
name: nodes
nodeSelector: { matchLabels: { zone: dmz } }
ingress:
  - from: [{ nodes: true }]
    ports: [{ port: ${SSH} }]
rollbackAfter: 25s
`;
const STACK = `version: '3.8'
services:
  web:
    image: swarmwall/demo:1
    command: [tcp/80]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, labels: { swarmwall.ingress: 'web:80' } }
networks:
  net: { driver: overlay }
`;

describe("nodes' own ports on a real Swarm", () => {
  let lab: Lab;
  let agents: Agents;
  let one: LabNode;
  let two: LabNode;
  let listener: LabProcess;

  before(async () => {
    lab = await sharedLab();
    [one, two] = lab.nodes as [LabNode, LabNode];
    agents = new Agents(lab);
    await agents.start();
    await one.docker(['node', 'update', '--label-add', 'zone=dmz', two.name]);
    one.writeFile('/root/nodes.yaml', POLICY);
    const serve = `require('net').createServer((socket) => socket.end('hello')).listen(${SSH})`;
    listener = await two.spawn('node', ['-e', serve], 'listener');
    await eventually(async () => {
      assert.ok(await reaches(lab.outside));
    });
  });
  after(async () => {
    await listener.stop('SIGKILL');
    await agents.remove();
    await one.docker(['node', 'update', '--label-rm', 'zone', two.name]);
    await resetLab(lab);
  });

  /** A connection of its own: what is open already stays open. */
  async function reaches(from: Pick<LabNode, 'run'>): Promise<boolean> {
    const client = `const s = require('net').connect(${SSH}, '${two.address}'); s.on('data', () => process.exit(0)); s.on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 1500)`;
    return (await from.run('node', ['-e', client], { reject: false })).exitCode === 0;
  }

  const policy = (...args: readonly string[]) => one.run('swarmwall', ['policy', ...args], { reject: false });
  const tables = async (node: LabNode) => (await node.run('nft', ['list', 'tables'])).stdout;
  const firewall = async () => (await agents.agent(two)).health.hostFirewall;

  it('are taken back by the kernel when nobody confirms, whatever became of agent and manager', async () => {
    const applied = await policy('apply', '-f', '/root/nodes.yaml');
    assert.equal(applied.exitCode, 0, applied.stderr);
    assert.match(applied.stdout, new RegExp(`! nodes: tried on ${two.name}, and taken back`, 'u'));
    await agents.stopController();
    await agents.killAgent(two);
    assert.equal(await reaches(lab.outside), false);
    assert.ok(await reaches(one), 'another node');
    assert.doesNotMatch(await tables(one), new RegExp(HOST_TABLE, 'u'), 'it is not selected');
    await eventually(async () => {
      assert.ok(await reaches(lab.outside), 'the way back');
    }, 60_000);
    await agents.startController();
    await agents.startAgent(two);
    await eventually(async () => {
      assert.equal((await firewall())?.state, 'rolled-back');
      assert.doesNotMatch(await tables(two), new RegExp(HOST_TABLE, 'u'));
    });
    await agents.settled();
    const refused = await policy('confirm', 'nodes');
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /took it back already/u);
    assert.match(
      (await one.run('swarmwall', ['status'], { reject: false })).stdout,
      /nobody confirmed nodes/u,
    );
  });

  it('stay guarded once they are confirmed, and the Swarm works on', async () => {
    const applied = await policy('apply', '-f', '/root/nodes.yaml');
    assert.match(applied.stdout, /nodes: changed, version 2/u);
    const confirmed = await policy('confirm', 'nodes');
    assert.equal(confirmed.exitCode, 0, confirmed.stdout + confirmed.stderr);
    assert.deepEqual(await firewall(), { state: 'confirmed', policies: ['nodes'] });
    assert.equal(await reaches(lab.outside), false);
    assert.ok(await reaches(one));
    await agents.killAgent(two);
    await agents.startAgent(two);
    await agents.settled();
    assert.equal((await firewall())?.state, 'confirmed');
    assert.equal(await reaches(lab.outside), false);

    await deployStack(lab, 'app', STACK);
    const tasks = await waitRunning(lab, ['app_web']);
    await eventually(async () => {
      const answer = await observe(on(tasks, 'app_web', one), on(tasks, 'app_web', two), 'app_net', 80);
      assert.equal(answer, 'allowed', 'from node to node');
    });
    const nodes = (await one.docker(['node', 'ls', '--format', '{{.Status}}'])).stdout.trim().split('\n');
    assert.deepEqual(nodes, ['Ready', 'Ready']);
  });

  it('are free again after an uninstall', async () => {
    await agents.remove();
    assert.doesNotMatch(await tables(two), /swarmwall/u);
    assert.ok(await reaches(lab.outside));
  });
});
