import { FULL_KERNEL } from '../full-kernel.ts';
import type { Lab } from '../lab.ts';
import { stage, type DemoStack } from './voting-stacks.ts';

/** The one overlay that every service is on before Swarmwall, and under rules alone. */
export const FLAT_NETWORK = 'flat';

/** Where a staged file is on the manager. */
export const stagedPath = (stack: DemoStack, kind: 'flat' | 'own'): string =>
  `/root/demo/${stack.name}.${kind}.yaml`;

/** Plain `docker stack deploy`: what everybody has today. Labels that nobody reads change nothing. */
export async function deployFlat(
  lab: Lab,
  stacks: readonly DemoStack[],
  say: (text: string) => void,
): Promise<void> {
  const options = FULL_KERNEL ? ['--opt', 'encrypted'] : [];
  await lab.manager.docker(['network', 'create', '--driver', 'overlay', ...options, FLAT_NETWORK]);
  for (const stack of stacks) {
    const flat = stage(stack, FLAT_NETWORK);
    for (const change of flat.changes) say(`  ${stack.name}: ${change}`);
    lab.manager.writeFile(stagedPath(stack, 'flat'), flat.text);
    lab.manager.writeFile(stagedPath(stack, 'own'), stage(stack).text);
  }
  for (const stack of stacks) {
    const args = ['stack', 'deploy', '--resolve-image', 'never', '--compose-file', stagedPath(stack, 'flat')];
    await lab.manager.docker([...args, stack.name]);
  }
}
