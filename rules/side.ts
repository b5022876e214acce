import type { Direction, Labels } from '../compose-ext/policy-model.ts';
import type { Position } from '../compose-ext/diagnostic.ts';
import { type ClusterScope, type OrderedPolicy, selectsService, type TierRule } from './cluster-scope.ts';
import type { ClusterService, DecidingRule, StackSettings } from './network-policy.ts';
import { resolvePorts } from './resolve-ports.ts';
import type { SideRule } from './side-rule.ts';

/** One direction of a service. Not isolated: no rules of its own. */
export interface Side {
  readonly direction: Direction;
  readonly isolated: boolean;
  readonly isolatedBy: readonly DecidingRule[];
  /** Of its own policies: each allows. */
  readonly rules: readonly SideRule[];
  /** Of the cluster policies that select it, in the order in which they are tried. */
  readonly admin: readonly TierRule[];
  /** Tried where it is not isolated; the last of an egress side that anything is said of is built in. */
  readonly baseline: readonly TierRule[];
  /** Addresses that are no part of the world, of an egress side. */
  readonly metadata: readonly string[];
}

const NOWHERE: Position = { file: '', line: 1, column: 1 };

export function createSide(
  service: ClusterService,
  stack: StackSettings | undefined,
  stackLabels: Labels,
  direction: Direction,
  scope: ClusterScope,
  guarded: boolean,
): Side {
  const policies = service.policies.filter((policy) => policy.directions.includes(direction));
  const isolatedBy = policies.map((policy) => ({
    policy: policy.name,
    stack: policy.stack,
    direction,
    origin: policy.origin,
  }));
  if (isolatedBy.length === 0 && stack?.annotated && stack.defaults[direction] === 'deny')
    isolatedBy.push({ policy: 'default', stack: stack.name, direction, origin: stack.origin ?? NOWHERE });
  const rules = policies.flatMap((policy) =>
    scope.ownRules(policy, direction).map((rule) => withOwnPorts(rule, service, direction)),
  );
  const tier = (ordered: readonly OrderedPolicy[]): readonly TierRule[] =>
    ordered
      .filter(({ policy }) => selectsService(policy, service.labels, stackLabels))
      .flatMap((each) => each.rules[direction].map((rule) => withOwnPorts(rule, service, direction)));
  return {
    ...{ direction, isolated: isolatedBy.length > 0, isolatedBy, rules },
    admin: tier(scope.tiers.admin),
    baseline: [...tier(scope.tiers.baseline), ...(guarded && direction === 'egress' ? scope.last : [])],
    metadata: direction === 'egress' ? scope.metadata.addresses : [],
  };
}

function withOwnPorts<R extends SideRule>(rule: R, service: ClusterService, direction: Direction): R {
  if (rule.fixedPorts || direction === 'egress') return rule;
  return { ...rule, fixedPorts: resolvePorts(rule.ports, service.ports) };
}

/** Whether a rule of it speaks of one of these groups. */
export function speaksOf({ rules, admin, baseline }: Side, groups: ReadonlySet<string>): boolean {
  return [rules, admin, baseline].some((each) =>
    each.some(({ peers }) => peers.some((peer) => peer.kind === 'group' && groups.has(peer.group))),
  );
}
