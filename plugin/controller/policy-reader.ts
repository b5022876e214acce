import type { Engine } from '../docker/engine.ts';
import type { Log } from '../log.ts';
import type { ContentCache } from '../policy-store/stored-version.ts';
import { readStoredPolicies, type StoredPolicies } from '../policy-store/stored-policies.ts';
import {
  NOTHING_STAGED,
  readStaged,
  type StagedCache,
  type StagedChanges,
} from '../staged/staged-configs.ts';

export interface PolicyReader {
  /** As of the last reading that worked. */
  readonly stored: StoredPolicies;
  /** Of the same reading. */
  readonly staged: StagedChanges;
  /** Something may have been written: the next `refresh` reads again. */
  markChanged(): void;
  /** @throws Fault when Docker does not tell; then what was read before stays. */
  refresh(): Promise<StoredPolicies>;
}

/** Stored policies are much data that rarely changes, so they are read only when they may have changed. */
export function createPolicyReader(engine: Pick<Engine, 'policyConfigs'>, log: Log): PolicyReader {
  let stored = readStoredPolicies([]);
  let changed = true;
  const cache: ContentCache = new Map();
  const stagedCache: StagedCache = new Map();
  let staged = NOTHING_STAGED;

  function report(found: StoredPolicies): void {
    const told = new Set(stored.problems.map(({ config, message }) => `${config} ${message}`));
    for (const { config, code, message } of found.problems)
      if (!told.has(`${config} ${message}`)) log.warn({ config, code }, message);
  }

  return {
    get stored() {
      return stored;
    },
    get staged() {
      return staged;
    },
    markChanged: () => {
      changed = true;
    },
    refresh: async () => {
      if (!changed) return stored;
      changed = false;
      try {
        const configs = await engine.policyConfigs();
        const found = readStoredPolicies(configs, cache);
        const there = new Set(configs.map(({ ID }) => ID));
        for (const known of [cache, stagedCache])
          for (const id of known.keys()) if (!there.has(id)) known.delete(id);
        report(found);
        stored = found;
        staged = readStaged(configs, stagedCache);
        return stored;
      } catch (error) {
        changed = true;
        throw error;
      }
    },
  };
}
