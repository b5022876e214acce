import type { LabTask } from '../lab/tasks.ts';

/** The image's own listener is IPv4's: one for IPv6 beside it. */
export async function listenSix({ node, container }: LabTask, port: number): Promise<void> {
  const listen = `TCP6-LISTEN:${port},fork,reuseaddr,ipv6only=1`;
  await node.docker(['exec', '--detach', container, 'socat', listen, 'EXEC:/bin/answer']);
}
