import type { TierRule } from './cluster-scope.ts';
import type { Admits, PortsAt } from './peer.ts';
import {
  difference,
  EVERYTHING,
  intersection,
  joinTouching,
  NOTHING,
  type PortSet,
  union,
} from './port-set.ts';
import type { Side } from './side.ts';

/** What one side says of all ports at once. What is neither allowed nor refused its own policies, or a baseline, deny. */
export interface SidePorts {
  readonly allowed: PortSet;
  /** By an administrator: no audit lets it pass. */
  readonly refused: PortSet;
}

/** Toward whom the rules mean that `admits` says so of. */
export function sidePorts(side: Side, admits: Admits, portsAt: PortsAt): SidePorts {
  const { allowed, refused, left } = tried(side.admin, EVERYTHING, admits, portsAt);
  return { allowed: union(allowed, below(side, left, admits, portsAt)), refused };
}

/** What the service's own policies allow of these ports, or without any the baseline. */
function below(side: Side, among: PortSet, admits: Admits, portsAt: PortsAt): PortSet {
  if (side.isolated) {
    let ports = NOTHING;
    for (const rule of side.rules) if (admits(rule)) ports = union(ports, portsAt(rule));
    return intersection(among, ports);
  }
  const { allowed, left } = tried(side.baseline, among, admits, portsAt);
  return union(allowed, left);
}

/** Each port goes by the first rule that has it; `left`: that no rule decides, or that pass. */
function tried(tier: readonly TierRule[], among: PortSet, admits: Admits, portsAt: PortsAt) {
  let undecided = among;
  const by = { allow: NOTHING, deny: NOTHING, pass: NOTHING };
  for (const rule of tier) {
    if (!admits(rule)) continue;
    const ports = intersection(undecided, portsAt(rule));
    by[rule.action] = union(by[rule.action], ports);
    undecided = difference(undecided, ports);
  }
  return { allowed: by.allow, refused: by.deny, left: joinTouching(union(undecided, by.pass)) };
}
