import type { ControllerStatus } from '../../api/types.ts';
import { awaitEnforced } from '../../policy-store/await-enforced.ts';
import { changePolicies, type ChangeRequest } from '../../policy-store/change-policies.ts';
import type { PolicyWrite } from '../../policy-store/plan-writes.ts';
import { lostGroups } from '../../policy-store/references-after.ts';
import type { Settled } from '../../deploy/settle.ts';
import { CliFailure, type ExitCode } from '../failure.ts';
import { withProgress } from '../progress.ts';
import type { JsonOption, Session } from '../session.ts';
import { openStore } from './open-store.ts';
import { printChanged, printPlanned } from './print-changed.ts';

export interface ChangeOptions extends JsonOption {
  readonly dryRun?: true;
  /** commander's name for --no-wait. */
  readonly wait?: boolean;
}

const WITHIN = 30_000;

/** Writes what is wanted, waits until it is enforced, and says so. */
export async function change(
  session: Session,
  wanted: ChangeRequest['wanted'],
  options: ChangeOptions,
): Promise<ExitCode> {
  const { io, world } = session;
  const json = options.json === true;
  const by = world.author();
  const dryRun = options.dryRun === true;
  const changed = await withProgress(io, 'asking the swarm', async () =>
    changePolicies(await openStore(session), {
      wanted: (stored) => {
        const changes = wanted(stored);
        refuseLost(lostGroups(stored, changes));
        return changes;
      },
      by,
      dryRun,
    }),
  );
  if (dryRun) return printPlanned(io, changed, json);
  const settled =
    options.wait !== false && changed.writes.length > 0
      ? await waitUntilEnforced(session, changed.writes)
      : undefined;
  return printChanged(io, { ...changed, by, ...(settled && { settled }) }, json);
}

function refuseLost(lost: ReturnType<typeof lostGroups>): void {
  const [first] = lost;
  if (first === undefined) return;
  const said = lost.map(({ policy, group }) => `"${policy}" would lose the group "${group}"`).join(', ');
  throw new CliFailure('group-in-use', `${said}; nothing was changed`, {
    hint: 'A policy whose group is missing means nobody by it: change the policy first, or in the same command.',
  });
}

function waitUntilEnforced({ io, world }: Session, writes: readonly PolicyWrite[]): Promise<Settled> {
  return withProgress(io, 'waiting for the nodes', ({ say }) =>
    awaitEnforced(() => world.getApi<ControllerStatus>('controller', '/v1/status'), writes, {
      clock: world.clock,
      within: WITHIN,
      say,
    }),
  );
}
