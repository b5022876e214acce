import { eventually } from './eventually.ts';
import type { LabNode } from './node.ts';

const RUNTIMES = { swarmwall: { path: '/opt/swarmwall/swarmwall-runc' } };

/** What new containers of this node start with; the engine reads it without a restart. */
export async function useRuntime(node: LabNode, runtime: 'swarmwall' | 'runc'): Promise<void> {
  const settings = { runtimes: RUNTIMES, 'default-runtime': runtime };
  node.writeFile('/etc/docker/daemon.json', `${JSON.stringify(settings)}\n`);
  node.engine!.kill('SIGHUP');
  await eventually(async () => {
    const { stdout } = await node.docker(['info', '--format', '{{.DefaultRuntime}}']);
    return stdout.trim() === runtime;
  });
}
