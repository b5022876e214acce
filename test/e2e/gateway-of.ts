import type { LabTask } from '../lab/tasks.ts';

/** The task's address on docker_gwbridge. */
export async function gatewayOf(
  { node, container }: LabTask,
  family: 'IPv4Address' | 'IPv6Address' = 'IPv4Address',
): Promise<string> {
  const format = `{{range $id, $c := .Containers}}{{if eq $id "${container}"}}{{$c.${family}}}{{end}}{{end}}`;
  const { stdout } = await node.docker(['network', 'inspect', 'docker_gwbridge', '--format', format]);
  return stdout.trim().split('/')[0] ?? '';
}
