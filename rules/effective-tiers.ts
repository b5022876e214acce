import type { TierRule } from './cluster-scope.ts';
import type { Side } from './side.ts';

/** The rules of a side's tiers that can make a difference toward some kind of peer. */
export interface EffectiveTiers {
  readonly admin: readonly TierRule[];
  /** None where the side is isolated: its own policies come first. */
  readonly baseline: readonly TierRule[];
  readonly denies: boolean;
}

const NONE: EffectiveTiers = { admin: [], baseline: [], denies: false };

export function effectiveTiers(
  { isolated, ...tiers }: Pick<Side, 'isolated' | 'admin' | 'baseline'>,
  concerned: (rule: TierRule) => boolean,
): EffectiveTiers {
  if (tiers.admin.length + tiers.baseline.length === 0) return NONE;
  const admin = tiers.admin.filter(concerned);
  const baseline = isolated ? [] : tiers.baseline.filter(concerned);
  const used = {
    // After the last of the others, what passes goes where it would have gone.
    admin: admin.slice(0, admin.findLastIndex(({ action }) => action !== 'pass') + 1),
    baseline: baseline.slice(0, baseline.findLastIndex(({ action }) => action === 'deny') + 1),
  };
  return { ...used, denies: [...used.admin, ...used.baseline].some(({ action }) => action === 'deny') };
}
