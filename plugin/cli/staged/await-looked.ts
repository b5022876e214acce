import type { StagedStatus } from '../../api/staged-types.ts';
import { withProgress } from '../progress.ts';
import type { Session } from '../session.ts';

const POLL = 200;

/**
 * What the controller says of what is staged, once it has looked at the past (and, with `id`, has read that config); what it has by
 * then if `within` (milliseconds) is over. Undefined when none serves here.
 */
export function awaitLooked(
  { io, world }: Session,
  within: number,
  id?: string,
): Promise<StagedStatus | undefined> {
  const end = world.clock.elapsed() + within;
  return withProgress(io, 'looking at the flows of the past', async () => {
    for (;;) {
      const status = await world.getApi<StagedStatus>('controller', '/v1/staged');
      if (status === undefined) return undefined;
      const known = id === undefined || status.staged.some((each) => each.id === id);
      if ((known && status.staged.every(({ looked }) => looked)) || world.clock.elapsed() >= end)
        return status;
      await new Promise<void>((resolve) => void world.clock.after(POLL, resolve));
    }
  });
}
