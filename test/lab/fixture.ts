import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';
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
  this.timeout(60_000);
  await sharedLab.made()?.then((lab) => lab.destroy());
});

/** Removes every stack, service and network of the Swarm, and waits until the nodes have followed. */
export async function resetLab(lab: Lab): Promise<void> {
  const list = async (args: readonly string[]): Promise<readonly string[]> =>
    (await lab.manager.docker(args)).stdout.split('\n').filter(Boolean);
  const services = await list(['service', 'ls', '--quiet']);
  if (services.length > 0) await lab.manager.docker(['service', 'rm', ...services]);
  for (const node of lab.nodes) {
    const containers = (await node.docker(['ps', '--all', '--quiet'])).stdout.split('\n').filter(Boolean);
    if (containers.length > 0) await node.docker(['rm', '--force', ...containers], { reject: false });
  }
  const networks = await list([
    'network',
    'ls',
    '--quiet',
    '--filter',
    'driver=overlay',
    '--filter',
    'type=custom',
  ]);
  const names = await Promise.all(
    networks.map((id) =>
      lab.manager.docker(['network', 'inspect', '--format', '{{.Name}} {{.Ingress}}', id]),
    ),
  );
  const own = names.map(({ stdout }) => stdout.split(' ')).filter(([, ingress]) => ingress !== 'true');
  for (const [name] of own) await removeNetwork(lab, name!);
  const configs = await list(['config', 'ls', '--quiet']);
  if (configs.length > 0) await lab.manager.docker(['config', 'rm', ...configs], { reject: false });
}

/** Refused while a task of it is still on its way out. */
async function removeNetwork(lab: Lab, name: string): Promise<void> {
  await eventually(() => lab.manager.docker(['network', 'rm', name]), 30_000);
}

function once<Value>(
  make: () => Promise<Value>,
): (() => Promise<Value>) & { made(): Promise<Value> | undefined } {
  let value: Promise<Value> | undefined;
  return Object.assign(() => (value ??= make()), { made: () => value });
}
