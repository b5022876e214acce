import type { Protocol, Tier } from '../compose-ext/policy-model.ts';
import type { TierRule } from './cluster-scope.ts';
import type { DecidingRule } from './network-policy.ts';
import { admitsPeer, decidingRules, type Other, portsOf } from './peer.ts';
import { difference, intersection, isEmpty, type PortSet, portsAsked } from './port-set.ts';
import type { Side } from './side.ts';
import type { SideRule } from './side-rule.ts';

/** By the full policy, audit or not. */
export interface SideVerdict {
  readonly outcome: 'allowed' | 'denied' | 'not-isolated';
  /** Those that allow. */
  readonly rules: readonly DecidingRule[];
  /** The policies that isolate it, or its stack's default under the name `default`. */
  readonly isolatedBy: readonly DecidingRule[];
  /** Whose rule decided. Absent: the service's own policies did, or nothing. */
  readonly tier?: Tier;
  /** The rule of a cluster policy that denies. */
  readonly deniedBy?: DecidingRule;
  /** The rule of a cluster policy that left it to what comes below. */
  readonly passedBy?: DecidingRule;
}

export function judgeSide(
  side: Side,
  other: Other,
  destination: Other,
  protocol: Protocol | 'icmp',
  port: number | undefined,
): SideVerdict {
  const { isolated, isolatedBy, admin, baseline } = side;
  if (isolated && admin.length === 0) {
    const rules = decides(decidingRules(side.rules, other, destination, protocol, port));
    return { outcome: rules.length > 0 ? 'allowed' : 'denied', rules, isolatedBy };
  }
  if (admin.length + baseline.length === 0) return { outcome: 'not-isolated', rules: [], isolatedBy };
  const first = tryTier(admin, other, destination, portsAsked(protocol, port));
  const passedBy = first.passed && { passedBy: first.passed.decides };
  if (first.denied || isEmpty(first.left)) return { ...decidedBy('admin', first), isolatedBy };
  if (isolated) {
    const own = decides(
      side.rules.filter(
        (rule) => admitsPeer(rule, other) && isEmpty(difference(first.left, portsOf(rule, destination))),
      ),
    );
    if (own.length === 0) return { outcome: 'denied', rules: [], isolatedBy, ...passedBy };
    return { outcome: 'allowed', rules: [...decides(first.allowed), ...own], isolatedBy, ...passedBy };
  }
  const last = tryTier(baseline, other, destination, first.left);
  if (last.denied || isEmpty(last.left)) return { ...decidedBy('baseline', last), isolatedBy, ...passedBy };
  return {
    outcome: 'not-isolated',
    rules: decides([...first.allowed, ...last.allowed]),
    isolatedBy,
    ...passedBy,
  };
}

interface Tried {
  readonly allowed: readonly TierRule[];
  readonly passed?: TierRule;
  readonly denied?: TierRule;
  /** That no rule decides, or that pass. */
  readonly left: PortSet;
}

/** Of several ports, all must be allowed: the first rule that denies one denies. */
function tryTier(tier: readonly TierRule[], other: Other, destination: Other, asked: PortSet): Tried {
  const allowed: TierRule[] = [];
  let passed: TierRule | undefined;
  let [undecided, left] = [asked, asked];
  for (const rule of tier) {
    if (isEmpty(undecided)) break;
    if (!admitsPeer(rule, other)) continue;
    const ports = intersection(undecided, portsOf(rule, destination));
    if (isEmpty(ports)) continue;
    if (rule.action === 'deny') return { allowed, denied: rule, left };
    undecided = difference(undecided, ports);
    if (rule.action === 'allow') {
      allowed.push(rule);
      left = difference(left, ports);
    } else passed ??= rule;
  }
  return { allowed, left, ...(passed && { passed }) };
}

function decidedBy(tier: Tier, { denied, allowed }: Tried): Omit<SideVerdict, 'isolatedBy'> {
  return denied
    ? { outcome: 'denied', rules: [], tier, deniedBy: denied.decides }
    : { outcome: 'allowed', rules: decides(allowed), tier };
}

function decides(rules: readonly SideRule[]): readonly DecidingRule[] {
  return rules.map((rule) => rule.decides);
}
