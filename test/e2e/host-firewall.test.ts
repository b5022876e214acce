import assert from 'node:assert/strict';
import { HOST_TABLE } from '../../rules/host-firewall/host-program.ts';
import { eventually } from '../lab/eventually.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import type { LabNode } from '../lab/node.ts';
import { guardedSwarm } from './guarded-swarm.ts';
import { stackText } from './stack-text.ts';
import { allows } from './observe.ts';

const SSH = 2222;
const POLICY = `kind: NodePolicy
name: nodes
nodeSelector: { matchLabels: { zone: dmz } }
ingress:
  - from: [{ nodes: true }]
    ports: [{ port: ${SSH} }]
rollbackAfter: 35s
`;
const STACK = stackText({ web: { labels: { 'swarmwall.ingress': 'web:80' } } });

describe("nodes' own ports on a real Swarm", () => {
  const swarm = guardedSwarm();
  let listener: LabProcess | undefined;

  before(async () => {
    const { lab, one, two } = swarm;
    await one.docker(['node', 'update', '--label-add', 'zone=dmz', two.name]);
    one.writeFile('/root/nodes.yaml', POLICY);
    const serve = `require('net').createServer((socket) => socket.end('hello')).listen(${SSH})`;
    listener = await two.spawn('node', ['-e', serve], 'listener');
    await reaches(lab.outside);
  });
  after(async () => {
    await listener?.stop('SIGKILL');
    await swarm.one.docker(['node', 'update', '--label-rm', 'zone', swarm.two.name]);
  });

  /** A connection of its own: what is open already stays open. */
  async function connects(from: Pick<LabNode, 'run'>): Promise<boolean> {
    const client = `const s = require('net').connect(${SSH}, '${swarm.two.address}'); s.on('data', () => process.exit(0)); s.on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 1500)`;
    return (await from.run('node', ['-e', client], { reject: false })).exitCode === 0;
  }
  /** Tries again, as a busy machine may take longer to answer than a client waits. */
  const reaches = (from: Pick<LabNode, 'run'>, timeout = 20_000) => eventually(() => connects(from), timeout);

  const policy = (...args: readonly string[]) =>
    swarm.one.run('swarmwall', ['policy', ...args], { reject: false });
  const tables = async (node: LabNode) => (await node.run('nft', ['list', 'tables'])).stdout;
  const firewall = async () => (await swarm.agents.agent(swarm.two)).health.hostFirewall;

  it('are taken back by the kernel when nobody confirms, whatever became of agent and manager', async () => {
    const { lab, agents, one, two } = swarm;
    const applied = await policy('apply', '-f', '/root/nodes.yaml');
    assert.equal(applied.exitCode, 0, applied.stderr);
    assert.match(applied.stdout, new RegExp(`! nodes: tried on ${two.name}, and taken back`, 'u'));
    await agents.stopController();
    await agents.killAgent(two);
    assert.equal(await connects(lab.outside), false);
    await reaches(one);
    assert.doesNotMatch(await tables(one), new RegExp(HOST_TABLE, 'u'), 'it is not selected');
    await reaches(lab.outside, 90_000);
    await agents.startController();
    await agents.startAgent(two);
    await eventually(async () => {
      assert.equal((await firewall())?.state, 'rolled-back');
      assert.doesNotMatch(await tables(two), new RegExp(HOST_TABLE, 'u'));
    }, 60_000);
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
    const { lab, agents, one, two } = swarm;
    const applied = await policy('apply', '-f', '/root/nodes.yaml');
    assert.match(applied.stdout, /nodes: changed, version 2/u);
    const confirmed = await policy('confirm', 'nodes');
    assert.equal(confirmed.exitCode, 0, confirmed.stdout + confirmed.stderr);
    assert.deepEqual(await firewall(), { state: 'confirmed', policies: ['nodes'] });
    assert.equal(await connects(lab.outside), false);
    await reaches(one);
    await agents.killAgent(two);
    await agents.startAgent(two);
    await agents.settled();
    assert.equal((await firewall())?.state, 'confirmed');
    assert.equal(await connects(lab.outside), false);

    await swarm.deploy('app', STACK);
    await swarm.look();
    const [from, to] = [swarm.task('app_web', one), swarm.task('app_web', two)];
    await allows(from, { to, network: 'app_net', port: 80 }, 'from node to node');
    const nodes = (await one.docker(['node', 'ls', '--format', '{{.Status}}'])).stdout.trim().split('\n');
    assert.deepEqual(nodes, ['Ready', 'Ready']);
  });

  it('are free again after an uninstall', async () => {
    const { lab, agents, two } = swarm;
    await agents.remove();
    assert.doesNotMatch(await tables(two), /swarmwall/u);
    await reaches(lab.outside);
  });
});
