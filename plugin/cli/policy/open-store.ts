import type { PolicyConfigs } from '../../policy-store/policy-configs.ts';
import {
  readStoredPolicies,
  type PolicyHistory,
  type StoredPolicies,
} from '../../policy-store/stored-policies.ts';
import { nearest } from '../../../compose-ext/index.ts';
import { CliFailure } from '../failure.ts';
import type { Session } from '../session.ts';

/** Policies are Swarm configs, which only managers know. */
export async function openStore({ world }: Session): Promise<PolicyConfigs> {
  const swarm = await world.connectSwarm();
  const info = await swarm.info();
  if (info.Swarm?.ControlAvailable === true) return swarm;
  throw new CliFailure(
    'not-a-manager',
    'this node is no manager of a swarm, and only managers know its policies',
    {
      hint: 'Run it on a manager (docker node ls). DOCKER_HOST or --context lead to another.',
    },
  );
}

export async function readStore(session: Session): Promise<StoredPolicies> {
  const store = await openStore(session);
  return readStoredPolicies(await store.policyConfigs());
}

/** @throws CliFailure `unknown-name` */
export function historyOf({ histories }: StoredPolicies, name: string): PolicyHistory {
  const found = histories.get(name);
  if (found !== undefined) return found;
  const near = nearest(name, histories.keys());
  const hint = near ? `Did you mean ${near}?` : 'swarmwall policy list names them all.';
  throw new CliFailure('unknown-name', `there is no policy or group called ${name}`, { hint });
}
