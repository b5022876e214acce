import { entriesOf, get } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

/** Who will read the file: `docker stack deploy`, or Docker Compose. */
export type Target = 'stack' | 'compose';

/** Keys of `deploy` that only a Swarm does anything with. */
const SWARM_ONLY = ['labels', 'mode', 'placement', 'update_config', 'rollback_config', 'endpoint_mode'];

/** What a file is for, as far as it shows: Compose takes `deploy` too, but has no use for these parts of it. */
export function targetOf(root: Tree | undefined): Target {
  const services = [...entriesOf(get(root, 'services')).values()];
  const swarm = services.some(({ value }) =>
    SWARM_ONLY.some((key) => get(value, 'deploy', key) !== undefined),
  );
  return swarm ? 'stack' : 'compose';
}
