import { Fault } from '../fault.ts';
import type { Swarm } from '../deploy/swarm.ts';
import { changePolicies } from '../policy-store/change-policies.ts';
import type { WantedChange } from '../policy-store/plan-writes.ts';
import { toServiceRecord } from '../docker/service-mapper.ts';
import type { StagedCluster, StagedStack } from './staged-change.ts';
import { labelsWith } from './staged-cluster.ts';
import type { StagedVersion } from './staged-configs.ts';
import { unstage } from './write-staged.ts';

const UPDATE_TRIES = 5;

/** What `policy apply` and `policy rm` would be asked. */
export function wantedChanges({ documents, removed }: StagedCluster): readonly WantedChange[] {
  return [
    ...documents.map((document) => ({ kind: 'apply', document }) as const),
    ...removed.map((name) => ({ kind: 'remove', name }) as const),
  ];
}

/**
 * Puts it in force, and takes away what was staged. What has been put in force already is left alone, so a promotion that failed half-way can be done again.
 * @throws Fault as Swarm and `changePolicies`
 */
export async function promoteStaged(
  swarm: Swarm,
  { change, version }: Pick<StagedVersion, 'change' | 'version'>,
  by: string,
): Promise<void> {
  if (change.kind === 'stack') await relabel(swarm, change);
  else await changePolicies(swarm, { wanted: () => wantedChanges(change), by });
  await unstage(swarm, change, version);
}

/** Gives the running services the staged labels: no task restarts for a label. Returns the services that it changed. */
export async function relabel(swarm: Swarm, { stack, services }: StagedStack): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const live of await swarm.services()) {
    const record = toServiceRecord(live);
    const staged = services.find(({ name }) => record.stack === stack && record.name === name);
    if (staged !== undefined && (await setLabels(swarm, live.ID, staged.labels))) changed.push(record.key);
  }
  return changed;
}

async function setLabels(
  swarm: Swarm,
  id: string,
  labels: Readonly<Record<string, string>>,
): Promise<boolean> {
  for (let left = UPDATE_TRIES; ; left--) {
    const { Spec = {}, Version } = await swarm.service(id);
    const before = Spec.Labels ?? {};
    const after = labelsWith(before, labels);
    if (sameLabels(before, after)) return false;
    try {
      await swarm.updateService(id, Version?.Index ?? 0, { ...Spec, Labels: after });
      return true;
    } catch (error) {
      // Somebody updated it between the read and the write: read again.
      const stale = error instanceof Fault && /out of sequence/u.test(error.message);
      if (!stale || left <= 1) throw error;
    }
  }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
