import type { ClusterModel, ControllerStatus } from '../../api/types.ts';
import { settle } from '../../deploy/settle.ts';
import type { Settled } from '../../deploy/settle.ts';
import { withProgress } from '../progress.ts';
import type { Session } from '../session.ts';

/** `within`: milliseconds. */
export function waitForNodes(
  { io, world }: Session,
  stack: string,
  services: readonly string[],
  within: number,
): Promise<Settled> {
  return withProgress(io, 'waiting for the nodes', ({ say }) =>
    settle(
      {
        status: () => world.getApi<ControllerStatus>('controller', '/v1/status'),
        model: () => world.getApi<ClusterModel>('controller', '/v1/model'),
      },
      { stack, services, clock: world.clock, within, say },
    ),
  );
}
