import type { LabNode } from '../../test/lab/node.ts';

/** A container's network namespace, as a path on its node. */
export async function sandboxOf(node: LabNode, container: string): Promise<string> {
  const { stdout } = await node.docker(['inspect', '--format', '{{.NetworkSettings.SandboxKey}}', container]);
  return stdout.trim();
}
