import {
  BASELINE_CHECKS,
  RESTRICTED_CHECKS as RESTRICTED_IDS,
  SETTING_CHECKS as SETTING_IDS,
  type LevelCheckId,
  type SettingCheckId,
} from '../../../compose-ext/authz/admission-check-ids.ts';
import type { AdmissionPolicy } from '../../../compose-ext/authz/authz-model.ts';
import type { Check } from './check.ts';
import { DAEMON_CHECKS } from './daemon-checks.ts';
import { HOST_CHECKS } from './host-checks.ts';
import { KERNEL_CHECKS } from './kernel-checks.ts';
import { RESTRICTED_CHECKS } from './restricted-checks.ts';
import { SETTING_CHECKS } from './setting-checks.ts';

export const CHECKS = {
  ...HOST_CHECKS,
  ...KERNEL_CHECKS,
  ...DAEMON_CHECKS,
  ...RESTRICTED_CHECKS,
  ...SETTING_CHECKS,
} satisfies Record<LevelCheckId | SettingCheckId, Check>;

const LEVELS = {
  privileged: [],
  baseline: BASELINE_CHECKS,
  restricted: [...BASELINE_CHECKS, ...RESTRICTED_IDS],
} as const satisfies Record<AdmissionPolicy['level'], readonly LevelCheckId[]>;

/** The level's, without what the policy exempts; its settings' always. */
export function checksOf({
  level,
  exempt,
}: AdmissionPolicy): readonly { readonly id: LevelCheckId | SettingCheckId; readonly check: Check }[] {
  const ofLevel = LEVELS[level].filter((id) => !exempt.includes(id));
  return [...ofLevel, ...SETTING_IDS].map((id) => ({ id, check: CHECKS[id] }));
}
