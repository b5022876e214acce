import type { TierRule } from './cluster-scope.ts';
import { admitsPeer, type Other, portsOf } from './peer.ts';
import {
  difference,
  EVERYTHING,
  intersection,
  joinTouching,
  NOTHING,
  type PortSet,
  union,
} from './port-set.ts';
import type { SideRule } from './side-rule.ts';
import type { Side } from './side.ts';

/** What one side says of all ports at once. What is neither allowed nor refused its own policies, or a baseline, deny. */
export interface SidePorts {
  readonly allowed: PortSet;
  /** By an administrator: no audit lets it pass. */
  readonly refused: PortSet;
}

export function sidePorts(side: Side, other: Other, destination: Other): SidePorts {
  return sidePortsWhere(side, (rule) => admitsPeer(rule, other), destination);
}

/** Toward whom the rules mean that `admits` says so of. */
export function sidePortsWhere(side: Side, admits: Admits, destination: Other): SidePorts {
  const { allowed, refused, left } = tried(side.admin, EVERYTHING, admits, destination);
  return { allowed: union(allowed, below(side, left, admits, destination)), refused };
}

type Admits = (rule: SideRule) => boolean;

/** What the service's own policies allow of these ports, or without any the baseline. */
function below(side: Side, among: PortSet, admits: Admits, destination: Other): PortSet {
  if (side.isolated) {
    let ports = NOTHING;
    for (const rule of side.rules) if (admits(rule)) ports = union(ports, portsOf(rule, destination));
    return intersection(among, ports);
  }
  const { allowed, left } = tried(side.baseline, among, admits, destination);
  return union(allowed, left);
}

/** Each port goes by the first rule that has it; `left`: that no rule decides, or that pass. */
function tried(tier: readonly TierRule[], among: PortSet, admits: Admits, destination: Other) {
  let undecided = among;
  const by = { allow: NOTHING, deny: NOTHING, pass: NOTHING };
  for (const rule of tier) {
    if (!admits(rule)) continue;
    const ports = intersection(undecided, portsOf(rule, destination));
    by[rule.action] = union(by[rule.action], ports);
    undecided = difference(undecided, ports);
  }
  return { allowed: by.allow, refused: by.deny, left: joinTouching(union(undecided, by.pass)) };
}
