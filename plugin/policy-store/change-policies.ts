import { LIMITS } from '../config.ts';
import { Fault } from '../fault.ts';
import { confirmedVersion } from './node-policies.ts';
import type { PolicyConfigs } from './policy-configs.ts';
import { planWrites, type WantedChange, type WritePlan } from './plan-writes.ts';
import { readStoredPolicies, type PolicyHistory, type StoredPolicies } from './stored-policies.ts';
import { writeVersions } from './write-versions.ts';

export interface ChangeRequest {
  /** What is wanted, against what is stored now: it is asked again when somebody else was faster, and may refuse. */
  readonly wanted: (stored: StoredPolicies) => readonly WantedChange[];
  readonly by: string;
  readonly dryRun?: boolean;
}

export interface Changed extends WritePlan {
  /** Old versions that could not be removed. */
  readonly warnings: readonly string[];
}

const TRIES = 5;

/**
 * @throws Fault as `writeVersions`; and what `wanted` throws
 */
export async function changePolicies(
  configs: PolicyConfigs,
  { wanted, by, dryRun }: ChangeRequest,
): Promise<Changed> {
  for (let left = TRIES; ; left--) {
    const stored = readStoredPolicies(await configs.policyConfigs());
    const plan = planWrites(wanted(stored), stored);
    if (dryRun === true || plan.writes.length === 0) return { ...plan, warnings: [] };
    try {
      await writeVersions(configs, plan.writes, by);
    } catch (error) {
      if (error instanceof Fault && error.code === 'policy-conflict' && left > 1) continue;
      throw error;
    }
    return { ...plan, warnings: await prune(configs, plan, stored) };
  }
}

/** A name keeps its last versions: each is in every manager's memory. */
async function prune(
  configs: PolicyConfigs,
  { writes }: WritePlan,
  { histories }: StoredPolicies,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const { name } of writes)
    for (const { id, config } of outdated(histories.get(name)))
      await configs.removeConfig(id).catch((error: unknown) => {
        warnings.push(`${config}, an old version, could not be removed: ${String(error)}`);
      });
  return warnings;
}

/** Of a name that has just got one more. */
function outdated(history: PolicyHistory | undefined): PolicyHistory['versions'] {
  // What nodes go back to is kept, however old.
  const kept = history && confirmedVersion(history);
  return (history?.versions.slice(LIMITS.policyVersionsKept - 1) ?? []).filter((each) => each !== kept);
}
