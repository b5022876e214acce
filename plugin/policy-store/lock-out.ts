import type { Subject } from '../../compose-ext/index.ts';
import { whoMayChangePolicies } from '../../rules/authz/roles/lock-out.ts';
import type { WantedChange } from './plan-writes.ts';
import { documentsAfter } from './references-after.ts';
import { authzInForce, authzOf, type StoredPolicies } from './stored-policies.ts';

/**
 * Who could change policies after this; undefined where it changes nothing of that. Nobody is a lock-out, and to be refused:
 * there would be no way back but with the plugin taken away.
 */
export function whoMayChangeAfter(
  stored: StoredPolicies,
  wanted: readonly WantedChange[],
): readonly Subject[] | undefined {
  const before = whoMayChangePolicies(authzInForce(stored));
  const after = whoMayChangePolicies(authzOf(documentsAfter(stored, wanted)));
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}
