import type { LabNode } from './node.ts';

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
  await node.docker(['swarm', 'join', '--token', token, ...addresses, ...options, `${leader.address}:2377`]);
}
