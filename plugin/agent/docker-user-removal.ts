import { removeDockerUser } from '../../rules/docker-user/plan.ts';
import { observeIfInstalled } from '../kernel/docker-user-table.ts';
import { executeSteps } from '../kernel/execute.ts';
import type { Namespace } from '../kernel/namespace.ts';

/** From both variants: dockerd may have changed over. The sets go last, when no chain names them. */
export async function clearDockerUser(host: Namespace): Promise<boolean> {
  let found = false;
  for (const variant of ['nft', 'legacy'] as const) {
    const observed = await observeIfInstalled(host, variant);
    if (observed === undefined) continue;
    const chains = removeDockerUser({ ...observed, sets: new Map() });
    await executeSteps(chains, { namespace: host, variant });
    found ||= chains.length > 0;
  }
  const left = await observeIfInstalled(host, 'nft').then(
    (seen) => seen ?? observeIfInstalled(host, 'legacy'),
  );
  if (left === undefined) return found;
  const sets = removeDockerUser({ ...left, chains: [], jump: { present: 0, first: false }, inputJumps: 0 });
  await executeSteps(sets, { namespace: host });
  return found || sets.length > 0;
}
