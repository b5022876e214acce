import { Fault } from '../fault.ts';
import type { PolicyConfigs } from '../policy-store/policy-configs.ts';
import { subjectName, type StagedChange, type StagedSubject } from './staged-change.ts';
import { STAGED_LABEL, stagedName, versionsOf } from './staged-configs.ts';
import { stagedText } from './staged-text.ts';

const TRIES = 5;

/**
 * Returns Docker's id of the config. What was staged of the same before is taken away once this is there.
 * @throws Fault as PolicyConfigs; `policy-conflict` when others are faster all the time
 */
export async function stage(configs: PolicyConfigs, change: StagedChange): Promise<string> {
  for (let left = TRIES; ; left--) {
    const before = versionsOf(await configs.policyConfigs(), change);
    const version = Math.max(0, ...before.map(([, number]) => number)) + 1;
    try {
      const id = await configs.createConfig({
        name: stagedName(change, version),
        labels: { [STAGED_LABEL]: subjectName(change) },
        data: stagedText(change),
      });
      for (const [{ ID }] of before) await removeIfThere(configs, ID);
      return id;
    } catch (error) {
      if (!(error instanceof Fault) || error.data['status'] !== 409) throw error;
      if (left <= 1)
        throw new Fault('policy-conflict', `others stage ${subjectName(change)} all the time`, {
          cause: error,
        });
    }
  }
}

/** Those up to this version: what was staged since stays. False: there was none. @throws Fault as PolicyConfigs */
export async function unstage(
  configs: PolicyConfigs,
  subject: StagedSubject,
  upTo = Infinity,
): Promise<boolean> {
  const found = versionsOf(await configs.policyConfigs(), subject).filter(([, version]) => version <= upTo);
  // The oldest first: while the newest is there, no older one counts.
  for (const [{ ID }] of [...found].sort(([, a], [, b]) => a - b)) await removeIfThere(configs, ID);
  return found.length > 0;
}

async function removeIfThere(configs: PolicyConfigs, id: string): Promise<void> {
  await configs.removeConfig(id).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.data['status'] !== 404) throw error;
  });
}
