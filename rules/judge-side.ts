import type { Tier } from '../compose-ext/policy-model.ts';
import type { TierRule } from './cluster-scope.ts';
import type { DecidingRule } from './network-policy.ts';
import type { Admits, PortsAt } from './peer.ts';
import { covers, difference, intersection, isEmpty, type PortSet } from './port-set.ts';
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

/** Of the ports that are asked for, each must get through. */
export function judgeSide(side: Side, admits: Admits, portsAt: PortsAt, asked: PortSet): SideVerdict {
  const { isolated, isolatedBy, admin, baseline } = side;
  const first = tryTier(admin, admits, portsAt, asked);
  const passedBy = first.passed && { passedBy: first.passed.decides };
  if (first.denied || isEmpty(first.left)) return { ...decidedBy('admin', first), isolatedBy };
  if (isolated) {
    // Ports first: they are the cheaper question.
    const own = side.rules.filter((rule) => covers(portsAt(rule), first.left) && admits(rule));
    if (own.length === 0) return { outcome: 'denied', rules: [], isolatedBy, ...passedBy };
    return { outcome: 'allowed', rules: decides([...first.allowed, ...own]), isolatedBy, ...passedBy };
  }
  const last = tryTier(baseline, admits, portsAt, first.left);
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
function tryTier(tier: readonly TierRule[], admits: Admits, portsAt: PortsAt, asked: PortSet): Tried {
  const allowed: TierRule[] = [];
  let passed: TierRule | undefined;
  let undecided = asked;
  let left = asked;
  for (const rule of tier) {
    if (isEmpty(undecided)) break;
    if (!admits(rule)) continue;
    const ports = intersection(undecided, portsAt(rule));
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
