import type { ClusterModel, ControllerStatus } from '../../api/types.ts';
import { settle } from '../../deploy/settle.ts';
import type { Settled } from '../../deploy/settle.ts';
import { withProgress } from '../progress.ts';
import type { Session } from '../session.ts';

const WITHIN = 60_000;

export function waitForNodes(
  { io, world }: Session,
  stack: string,
  services: readonly string[],
): Promise<Settled> {
  return withProgress(io, 'waiting for the nodes', ({ say }) =>
    settle(
      {
        status: () => world.getApi<ControllerStatus>('controller', '/v1/status'),
        model: () => world.getApi<ClusterModel>('controller', '/v1/model'),
      },
      { stack, services, clock: world.clock, within: WITHIN, say },
    ),
  );
}
