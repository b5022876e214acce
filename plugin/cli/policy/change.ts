import type { Subject } from '../../../compose-ext/index.ts';
import type { ControllerStatus } from '../../api/types.ts';
import { LIMITS } from '../../config.ts';
import { bytesOf, isAuthz } from '../../policy-store/authz-documents.ts';
import { unconfirmed } from '../../policy-store/node-policies.ts';
import type { PolicyConfigs } from '../../policy-store/policy-configs.ts';
import {
  authzInForce,
  authzOf,
  readStoredPolicies,
  type StoredPolicies,
} from '../../policy-store/stored-policies.ts';
import { unboundedTeams } from '../../policy-store/unbounded-teams.ts';
import { awaitEnforced } from '../../policy-store/await-enforced.ts';
import { changePolicies, type ChangeRequest } from '../../policy-store/change-policies.ts';
import type { PolicyWrite } from '../../policy-store/plan-writes.ts';
import { whoMayChangeAfter } from '../../policy-store/lock-out.ts';
import type { WantedChange } from '../../policy-store/plan-writes.ts';
import { documentsAfter, lostReferences, type LostReference } from '../../policy-store/references-after.ts';
import type { Settled } from '../../deploy/settle.ts';
import { CliFailure, type ExitCode } from '../failure.ts';
import { withProgress } from '../progress.ts';
import type { JsonOption, Session } from '../session.ts';
import { takenNames } from '../../policy-store/taken-names.ts';
import type { WaitOptions } from '../wait-options.ts';
import { openStore } from './open-store.ts';
import { printChanged, printPlanned } from './print-changed.ts';

export interface ChangeOptions extends JsonOption, WaitOptions {
  readonly dryRun?: true;
}

/** Milliseconds that nodes get, unless told. */
export const USUAL_WAIT = 30_000;

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
  let warnings: readonly string[] = [];
  const store = await openStore(session);
  const changed = await withProgress(io, 'asking the swarm', () =>
    changePolicies(store, {
      wanted: (stored) => {
        const changes = wanted(stored);
        refuseTaken(stored, changes);
        refuseLost(lostReferences(stored, changes));
        refuseTooLarge(stored, changes);
        warnings = [...refuseLockOut(whoMayChangeAfter(stored, changes)), ...unbounded(stored, changes)];
        return changes;
      },
      by,
      dryRun,
    }),
  );
  if (dryRun) return printPlanned(io, changed, json);
  const settled =
    options.wait && changed.writes.length > 0
      ? await waitUntilEnforced(session, changed.writes, options.timeout)
      : undefined;
  const waiting = changed.writes.length > 0 ? await waitingForConfirmation(store) : [];
  return printChanged(
    io,
    {
      ...changed,
      by,
      warnings: [...warnings, ...changed.warnings],
      ...(settled && { settled }),
      ...(waiting.length > 0 && { unconfirmed: waiting }),
    },
    json,
  );
}

/** @throws CliFailure `name-taken` */
export function refuseTaken(stored: StoredPolicies, changes: readonly WantedChange[]): void {
  const taken = takenNames(stored, changes);
  if (taken.length === 0) return;
  const said = taken.map(({ name, by, wanted }) => `"${name}" is a ${by}, and would become a ${wanted}`);
  throw new CliFailure('name-taken', `${said.join(', ')}; nothing was changed`, {
    hint: 'Documents of all kinds share their names: apply the one in force under another name, then remove this one.',
  });
}

/** Names of what nodes take back unless somebody confirms it. */
async function waitingForConfirmation(store: PolicyConfigs): Promise<readonly string[]> {
  return unconfirmed(readStoredPolicies(await store.policyConfigs())).map(({ name }) => name);
}

/** @throws CliFailure `group-in-use`, `role-in-use` */
export function refuseLost(lost: readonly LostReference[]): void {
  const [first] = lost;
  if (first === undefined) return;
  const said = lost
    .map(({ name, what, lost: gone }) => `"${name}" would lose the ${what} "${gone}"`)
    .join(', ');
  const [code, hint] =
    first.what === 'group'
      ? (['group-in-use', 'A policy whose group is missing means nobody by it: change the policy'] as const)
      : (['role-in-use', 'A binding whose role is missing grants nothing: change the binding'] as const);
  throw new CliFailure(code, `${said}; nothing was changed`, {
    hint: `${hint} first, or in the same command.`,
  });
}

function refuseTooLarge(stored: StoredPolicies, changes: readonly WantedChange[]): void {
  const bytes = bytesOf(documentsAfter(stored, changes).filter(isAuthz));
  if (bytes <= LIMITS.authzBytes) return;
  throw new CliFailure(
    'bad-usage',
    `all documents about the Docker API would have ${bytes} bytes, of ${LIMITS.authzBytes} at most`,
    { hint: 'Patterns (ops-*) and shared ClusterRoles make them shorter. Nothing was changed.' },
  );
}

/** What to warn of. @throws CliFailure `lock-out` */
function refuseLockOut(masters: readonly Subject[] | undefined): readonly string[] {
  if (masters === undefined) return [];
  if (masters.length === 0)
    throw new CliFailure('lock-out', 'nobody could change policies any more; nothing was changed', {
      hint:
        'Bind somebody everywhere to cluster-admin, or to a role that may get system/info, list and create configs ' +
        'and update policies.',
    });
  if (masters.some(({ kind }) => kind === 'LocalSocket')) return [];
  const who = masters.flatMap((each) =>
    each.kind === 'User' ? `"${each.name}"` : each.kind === 'Group' ? `those matching "${each.pattern}"` : [],
  );
  return [`from now on only bearers of a certificate may change policies: ${who.join(', ')}`];
}

/** Only those that were not there before: who knows has been told. */
function unbounded(stored: StoredPolicies, changes: readonly WantedChange[]): readonly string[] {
  const known = new Set(unboundedTeams(authzInForce(stored)).map(({ name }) => name));
  return unboundedTeams(authzOf(documentsAfter(stored, changes))).flatMap(({ name, stack }) =>
    known.has(name)
      ? []
      : `"${name}" lets its subjects make workloads in stack ${String(stack)}, and no AdmissionPolicy of level baseline ` +
        'or restricted keeps all of them from asking for the whole node',
  );
}

function waitUntilEnforced(
  { io, world }: Session,
  writes: readonly PolicyWrite[],
  within: number,
): Promise<Settled> {
  return withProgress(io, 'waiting for the nodes', ({ say }) =>
    awaitEnforced(() => world.getApi<ControllerStatus>('controller', '/v1/status'), writes, {
      clock: world.clock,
      within,
      say,
    }),
  );
}
