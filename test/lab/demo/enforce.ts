import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { FULL_KERNEL } from '../full-kernel.ts';
import type { Lab } from '../lab.ts';
import { startManagedPlugin } from '../managed-plugin.ts';
import { startRegistry } from '../registry.ts';
import { waitRunning } from '../tasks.ts';
import { stagedPath } from './deploy-flat.ts';
import type { DemoStack } from './voting-stacks.ts';

interface ClusterStatus {
  readonly healthy: boolean;
  readonly role: string;
  readonly revision: number;
  readonly nodes: readonly unknown[];
}

/** The controller on managers, the agent on every node, from this checkout's build. */
export async function startSwarmwall(lab: Lab, managers = 1): Promise<void> {
  for (const node of lab.nodes.slice(0, managers))
    await node.spawn('swarmwall', ['controller'], 'controller');
  for (const node of lab.nodes) await node.spawn('swarmwall', ['agent'], 'agent');
  await waitEnforced(lab);
}

/** The managed plugin on every node, from a registry, with authorization on. */
export async function startAsPlugin(lab: Lab, say: (text: string) => void): Promise<void> {
  await startManagedPlugin(lab, await startRegistry(lab), say);
  await waitEnforced(lab);
}

/** Each look is a program of its own, which an emulated machine needs seconds of one of its two processors for. */
const BETWEEN_LOOKS = FULL_KERNEL ? 10_000 : 100;

/** Until every node has applied what the controller last said, and that has stayed the same for a while. */
export async function waitEnforced(lab: Lab, timeout = 120_000, still = 2_000): Promise<void> {
  await eventually(
    async () => {
      const first = await clusterStatus(lab);
      await sleep(still);
      const second = await clusterStatus(lab);
      return first.revision === second.revision;
    },
    timeout,
    BETWEEN_LOOKS,
  );
}

async function clusterStatus(lab: Lab): Promise<ClusterStatus> {
  const { stdout, stderr } = await lab.manager.run('swarmwall', ['status', '--json'], { reject: false });
  if (!stdout.startsWith('{')) throw new Error(`swarmwall status: ${stderr || stdout}`);
  const status = JSON.parse(stdout) as ClusterStatus;
  if (status.role !== 'controller' || !status.healthy || status.nodes.length !== lab.nodes.length)
    throw new Error(`not all enforced yet: ${stdout}`);
  return status;
}

/** The policies of the files, on the network that the services are on: what is dropped then, rules dropped. */
export async function deployRules(
  lab: Lab,
  stacks: readonly DemoStack[],
  say: (text: string) => void,
): Promise<void> {
  for (const stack of stacks)
    if (stack.annotated) await deploy(lab, stack, stacks, 'flat', ['--isolation', 'off'], say);
  await waitDeployed(lab, stacks);
}

/**
 * As a newcomer deploys them, on a Swarm where they do not run yet: each pair of services that may talk gets a
 * network, the rest share none. Both stacks join the segments between them by themselves.
 */
export async function deploySegments(
  lab: Lab,
  stacks: readonly DemoStack[],
  say: (text: string) => void,
): Promise<void> {
  const guarded = stacks.filter((stack) => stack.annotated);
  await removeStacks(
    lab,
    guarded.map(({ name }) => name),
  );
  for (const stack of guarded) await deploy(lab, stack, stacks, 'own', ['--isolation', 'strict'], say);
  await waitDeployed(lab, stacks);
}

/** The tasks first: what the nodes enforce follows them. */
async function waitDeployed(lab: Lab, stacks: readonly DemoStack[]): Promise<void> {
  const services = stacks.flatMap((stack) => stack.services);
  await waitRunning(
    lab,
    services.map(({ swarmName }) => swarmName),
    180_000,
  );
  await waitEnforced(lab);
}

/** Gone from the managers and from every node: host-mode ports are free again. */
async function removeStacks(lab: Lab, names: readonly string[]): Promise<void> {
  await lab.manager.docker(['stack', 'rm', ...names]);
  await eventually(async () => {
    for (const node of lab.nodes)
      for (const name of names) {
        const filter = `label=com.docker.stack.namespace=${name}`;
        const left = await node.docker(['ps', '--all', '--quiet', '--filter', filter]);
        if (left.stdout !== '') return false;
      }
    return true;
  }, 120_000);
}

async function deploy(
  lab: Lab,
  stack: DemoStack,
  stacks: readonly DemoStack[],
  kind: 'flat' | 'own',
  options: readonly string[],
  say: (text: string) => void,
): Promise<void> {
  const others = stacks.filter((other) => other.annotated && other.name !== stack.name);
  const args = [
    ...['deploy', '--compose-file', stagedPath(stack, kind), ...options],
    // An emulated machine takes longer than it waits by itself.
    ...(FULL_KERNEL ? ['--timeout', '10m'] : ['--encrypted', 'false']),
    ...others.flatMap((other) => ['--with', `${other.name}=${stagedPath(other, kind)}`]),
    ...['--resolve-image', 'never', stack.name],
  ];
  say(`swarmwall ${args.join(' ')}`);
  const done = await lab.manager.run('swarmwall', args, { timeout: 400_000 });
  for (const line of done.stderr.split('\n')) if (line.includes('warning')) say(`  ${line.trim()}`);
}
