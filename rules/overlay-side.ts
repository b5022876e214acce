import type { Audit } from './audit.ts';
import type { TierRule } from './cluster-scope.ts';
import { effectiveTiers } from './effective-tiers.ts';
import type { Stance } from './network-policy.ts';
import {
  difference,
  EVERYTHING,
  intersection,
  isEmpty,
  joinTouching,
  NOTHING,
  type PortSet,
  union,
} from './port-set.ts';
import type { Side } from './side.ts';
import { NO_WORDS, peersOf, type SideRule } from './side-rule.ts';

/** A side toward services, as a kernel's program says it: a stance and rules that all allow. */
export interface OverlaySide {
  /** Open also where a rule admits every peer on every port, which is the same. */
  readonly stance: Stance;
  readonly rules: readonly OverlayRule[];
  /** Ports that audit lets pass, and counts, whoever the peer is. The stance `audit` says it of all ports. */
  readonly counted?: PortSet;
  /** Its tiers tell peers apart in an order that no such rules can say: each pair has entries of its own. */
  readonly ordered: boolean;
}

export type OverlayRule = Omit<SideRule, 'decides'>;

export function overlaySideOf(side: Side, audit: Audit): OverlaySide {
  const { admin, baseline, denies } = effectiveTiers(side, mayMeanServices);
  if (!side.isolated && !denies) return { stance: 'open', rules: [], ordered: false };
  if (admin.length + baseline.length === 0) return allowing(side.rules, audit);
  const refuses = admin.some(({ action }) => action === 'deny');
  const ordered = ![...admin, ...baseline].every(isUniform);
  if (ordered) return { stance: 'isolated', rules: [], ordered };
  const first = asAllows(admin, EVERYTHING);
  const own = side.isolated ? side.rules.flatMap((rule) => limited(rule, first.left)) : [];
  const last = side.isolated ? { rules: [], left: NOTHING } : asAllows(baseline, first.left);
  const rest = limited(ANYONE, last.left);
  const rules = [...first.rules, ...own, ...last.rules, ...rest];
  if (!refuses || audit !== 'own') return allowing(rules, audit);
  const counted = difference(EVERYTHING, first.refused);
  return { stance: 'isolated', rules, counted, ordered };
}

const ANYONE: OverlayRule = {
  stack: '',
  ports: [],
  fixedPorts: EVERYTHING,
  ...peersOf([], NO_WORDS, 'egress'),
};

function allowing(rules: readonly OverlayRule[], audit: Audit): OverlaySide {
  const open = rules.some(({ everyone, fixedPorts }) => everyone && fixedPorts?.everything);
  const stance = audit === 'none' ? 'isolated' : 'audit';
  return { stance: open ? 'open' : stance, rules, ordered: false };
}

function mayMeanServices({ everyone, peers }: TierRule): boolean {
  return everyone || peers.some(({ kind }) => kind === 'service' || kind === 'selector');
}

/** What it takes away, it takes from everyone, on ports that are known: it can be taken from what others allow. */
function isUniform({ action, everyone, fixedPorts }: TierRule): boolean {
  return everyone ? fixedPorts !== undefined : action === 'allow';
}

/** Uniform rules in order as allows of what none before has decided; `left`: the ports that they decide for no one. */
function asAllows(
  tier: readonly TierRule[],
  among: PortSet,
): { readonly rules: readonly OverlayRule[]; readonly left: PortSet; readonly refused: PortSet } {
  let undecided = among;
  let [passed, refused] = [NOTHING, NOTHING];
  const rules: OverlayRule[] = [];
  for (const rule of tier) {
    if (rule.action === 'allow') rules.push(...limited(rule, undecided));
    if (!rule.everyone) continue;
    const ports = intersection(undecided, rule.fixedPorts ?? NOTHING);
    if (rule.action === 'pass') passed = union(passed, ports);
    if (rule.action === 'deny') refused = union(refused, ports);
    undecided = difference(undecided, ports);
  }
  return { rules, left: joinTouching(union(undecided, passed)), refused };
}

/** The rule on these ports only; nothing when it has none of them. */
function limited(rule: OverlayRule, limit: PortSet): readonly OverlayRule[] {
  if (limit.everything) return [rule];
  if (!rule.fixedPorts) return [{ ...rule, limit }];
  const fixedPorts = intersection(rule.fixedPorts, limit);
  return isEmpty(fixedPorts) ? [] : [{ ...rule, fixedPorts }];
}
