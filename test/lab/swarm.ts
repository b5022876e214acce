import { eventually } from './eventually.ts';
import type { LabNode } from './node.ts';
import { LabError } from './process.ts';

/** Makes the first node the leader, joins the others: `managers` in all manage, the rest work. */
export async function formSwarm(nodes: readonly LabNode[], managers: number): Promise<void> {
  const leader = nodes[0]!;
  await leader.docker([
    'swarm',
    'init',
    '--advertise-addr',
    leader.address,
    '--listen-addr',
    `${leader.address}:2377`,
  ]);
  // One at a time: managers that join at once lose the quorum for moments.
  for (const [index, node] of nodes.entries()) {
    if (index > 0) await joinSwarm(leader, node, index < managers ? 'manager' : 'worker');
  }
}

export async function joinSwarm(
  leader: LabNode,
  node: LabNode,
  role: 'manager' | 'worker',
  options: readonly string[] = [],
): Promise<void> {
  const token = (await leader.docker(['swarm', 'join-token', '--quiet', role])).stdout.trim();
  const addresses = ['--advertise-addr', node.address, '--listen-addr', `${node.address}:2377`];
  const join = ['swarm', 'join', '--token', token, ...addresses, ...options, `${leader.address}:2377`];
  const joined = await node.docker(join, { reject: false });
  // On a busy machine it goes on after the command has given up, after 20 s.
  if (joined.exitCode !== 0 && !joined.stderr.includes('Timeout was reached'))
    throw new LabError('join-failed', `${node.name}: ${joined.stderr}`);
  await waitReady(leader, node, role);
}

/** Until the leader would give it tasks: a node that has joined is not ready at once, nor is its manager reachable. */
async function waitReady(leader: LabNode, node: LabNode, role: 'manager' | 'worker'): Promise<void> {
  const format = '{{.Status.State}} {{with .ManagerStatus}}{{.Reachability}}{{end}}';
  await eventually(async () => {
    const id = (await node.docker(['info', '--format', '{{.Swarm.NodeID}}'])).stdout.trim();
    const { stdout } = await leader.docker(['node', 'inspect', '--format', format, id]);
    const wanted = role === 'manager' ? 'ready reachable' : 'ready';
    if (stdout.trim() !== wanted) throw new Error(`${node.name} is ${stdout}, not ${wanted}`);
  }, 90_000);
}
