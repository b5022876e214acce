import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import { FULL_KERNEL } from './full-kernel.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './node.ts';
import { openSwarm } from './open-lab.ts';

/**
 * One lab for a whole mocha run, made when the first test asks: two nodes in one Swarm, nothing deployed. A test
 * leaves it as found (`resetLab`), whatever it did to it.
 */
export const sharedLab = once((): Promise<Lab> =>
  openSwarm({ say: (text) => void process.stderr.write(`    lab: ${text}\n`) }),
);

// On the root suite: this module is loaded before any suite runs, once.
after('remove the shared lab', async function () {
  // The virtual machine goes with all that is in it.
  if (FULL_KERNEL) return;
  this.timeout(60_000);
  await sharedLab.made()?.then((lab) => lab.destroy());
});

/** Removes every stack, service and network of the Swarm, and waits until the nodes have followed. */
export async function resetLab(lab: Lab): Promise<void> {
  const list = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await lab.manager.docker(args)).stdout.split('\n').filter(Boolean);
  // What ends by itself in between need not be removed; a network is refused while a task of it is on its way out.
  await eventually(async () => {
    const services = await list('service', 'ls', '--quiet');
    if (services.length > 0) await lab.manager.docker(['service', 'rm', ...services]);
  }, 60_000);
  await eventually(async () => {
    for (const node of lab.nodes) await removeContainers(node);
    const own = await overlaysOf(lab.manager);
    for (const name of own) await lab.manager.docker(['network', 'rm', name], { reject: false });
    assert.deepEqual(own, [], 'networks that were there at the last look');
  }, 90_000);
  // A worker's copy goes after its last container: while it is there, its name means two networks.
  for (const node of lab.nodes)
    await eventually(async () => assert.deepEqual(await overlaysOf(node), [], node.name), 60_000);
  await eventually(async () => {
    const configs = await list('config', 'ls', '--quiet');
    if (configs.length > 0) await lab.manager.docker(['config', 'rm', ...configs]);
  }, 30_000);
}

async function removeContainers(node: LabNode): Promise<void> {
  const { stdout } = await node.docker(['ps', '--all', '--quiet']);
  const containers = stdout.split('\n').filter(Boolean);
  if (containers.length > 0) await node.docker(['rm', '--force', ...containers], { reject: false });
}

/** Names of the overlays that somebody made. */
async function overlaysOf(node: LabNode): Promise<readonly string[]> {
  const filters = ['--filter', 'driver=overlay', '--filter', 'type=custom'];
  const { stdout } = await node.docker(['network', 'ls', '--format', '{{.Name}}', ...filters]);
  return stdout.split('\n').filter((name) => name !== '' && name !== 'ingress');
}

function once<Value>(
  make: () => Promise<Value>,
): (() => Promise<Value>) & { made(): Promise<Value> | undefined } {
  let value: Promise<Value> | undefined;
  return Object.assign(() => (value ??= make()), { made: () => value });
}
