import type {
  ClusterPolicy,
  Direction,
  Peer,
  Policy,
  PolicyRule,
  PortMatch,
  ServiceKey,
} from '../../compose-ext/policy-model.ts';
import type { Position } from '../../compose-ext/diagnostic.ts';
import type { EvaluatorInput } from '../evaluator.ts';
import type { ClusterService, DecidingRule, StackSettings } from '../network-policy.ts';

/** One change of what is written, small enough for a person to make. */
export type PolicyEdit =
  /** One more entry in a service's own label, which is made when there is none. */
  | {
      readonly kind: 'add-entry';
      readonly service: ServiceKey;
      readonly direction: Direction;
      readonly peer: Peer;
      /** Absent: every port; ICMP has no other way in. */
      readonly port?: PortMatch;
      /** Of the label, if there is one. */
      readonly label?: { readonly origin: Position; readonly none: boolean };
    }
  /** A rule becomes those that are left of it; none: it goes. */
  | {
      readonly kind: 'narrow-rule';
      readonly rule: DecidingRule;
      /** Whose own label says it; absent: x-swarmwall does. */
      readonly labelOf?: ServiceKey;
      /** In the policy's list for the direction. */
      readonly index: number;
      readonly written: RuleBody;
      readonly left: readonly RuleBody[];
    }
  /** A label `none` on a service that nothing isolates yet. */
  | { readonly kind: 'isolate'; readonly service: ServiceKey; readonly direction: Direction }
  /** An administrator's: one more rule in a cluster policy, ahead of the one that decides. */
  | {
      readonly kind: 'add-cluster-rule';
      readonly before: DecidingRule;
      /** Of that rule, in its policy's list for the direction. */
      readonly index: number;
      readonly action: 'allow' | 'deny';
      readonly peer: Peer;
      /** Absent: every port; ICMP has no other way. */
      readonly port?: PortMatch;
    }
  /** `enforce` in place of `audit`, where it is said: for the stack, or for the service, by itself or by an administrator. */
  | {
      readonly kind: 'enforce';
      readonly stack: string;
      readonly service?: ServiceKey;
      readonly by?: 'administrator';
    };

export type RuleBody = Pick<PolicyRule, 'peers' | 'ports'>;

/** What a stack has once it carries a first annotation. */
const ANNOTATED = { annotated: true, defaults: { ingress: 'deny', egress: 'allow' } } as const;

/** The cluster as it would be with these edits. */
export function applyEdits<T extends EvaluatorInput>(cluster: T, edits: readonly PolicyEdit[]): T {
  // From the end, so that the indices of those still to come stay right.
  const ordered = edits.toSorted((a, b) => indexOf(b) - indexOf(a));
  return ordered.reduce((now, edit) => applyEdit(now, edit), cluster);
}

function indexOf(edit: PolicyEdit): number {
  return edit.kind === 'narrow-rule' ? edit.index : -1;
}

function applyEdit<T extends EvaluatorInput>(cluster: T, edit: PolicyEdit): T {
  switch (edit.kind) {
    case 'add-entry': {
      const rule = { peers: [edit.peer], ports: edit.port ? [edit.port] : [] };
      return withLabel(cluster, edit.service, edit.direction, rule);
    }
    case 'isolate':
      return withLabel(cluster, edit.service, edit.direction, undefined);
    case 'enforce': {
      const { service, by } = edit;
      if (service !== undefined)
        return withService(cluster, service, by ? { administered: 'enforce' } : { mode: 'enforce' });
      return withStack(cluster, edit.stack, (stack) => ({ ...stack, mode: 'enforce' }));
    }
    case 'add-cluster-rule':
      return {
        ...cluster,
        clusterPolicies: (cluster.clusterPolicies ?? []).map((each) => overruled(each, edit)),
      };
    case 'narrow-rule':
      return {
        ...cluster,
        services: cluster.services.map((service) =>
          service.stack === edit.rule.stack
            ? { ...service, policies: service.policies.map((policy) => narrowed(policy, edit)) }
            : service,
        ),
      };
  }
}

function withService<T extends EvaluatorInput>(
  cluster: T,
  key: ServiceKey,
  said: Partial<ClusterService>,
): T {
  const services = cluster.services.map((service) =>
    service.key === key ? { ...service, ...said } : service,
  );
  return { ...cluster, services };
}

function narrowed(policy: Policy, edit: Extract<PolicyEdit, { kind: 'narrow-rule' }>): Policy {
  const { rule, index, left } = edit;
  if (policy.name !== rule.policy) return policy;
  const rules = left.map((body) => ({ ...body, origin: rule.origin }));
  return { ...policy, [rule.direction]: policy[rule.direction].toSpliced(index, 1, ...rules) };
}

function overruled(
  policy: ClusterPolicy,
  { before, index, action, peer, port }: Extract<PolicyEdit, { kind: 'add-cluster-rule' }>,
): ClusterPolicy {
  if (policy.name !== before.policy) return policy;
  const rule = { action, peers: [peer], ports: port ? [port] : [], origin: before.origin };
  return { ...policy, [before.direction]: policy[before.direction].toSpliced(index, 0, rule) };
}

function withLabel<T extends EvaluatorInput>(
  cluster: T,
  key: ServiceKey,
  direction: Direction,
  added: RuleBody | undefined,
): T {
  const services = cluster.services.map((service) =>
    service.key === key ? { ...service, policies: labelled(service, direction, added) } : service,
  );
  const stack = services.find((service) => service.key === key)?.stack;
  return withStack({ ...cluster, services }, stack, (settings) =>
    settings.annotated ? settings : { ...settings, ...ANNOTATED },
  );
}

function labelled(service: ClusterService, direction: Direction, added: RuleBody | undefined): Policy[] {
  const label = labelOf(service, direction) ?? emptyLabel(service, direction);
  const rules = added ? [{ ...added, origin: label.origin }] : [];
  const whole = { ...label, [direction]: [...label[direction], ...rules] };
  return [...service.policies.filter((policy) => policy !== label), whole];
}

/** The policy that the service's own label makes. */
export function labelOf(service: ClusterService, direction: Direction): Policy | undefined {
  return service.policies.find(
    ({ name, target }) => name === `${service.name}.${direction}` && target.kind === 'service',
  );
}

function emptyLabel({ name, stack }: ClusterService, direction: Direction): Policy {
  return {
    name: `${name}.${direction}`,
    stack,
    target: { kind: 'service', service: name },
    directions: [direction],
    ingress: [],
    egress: [],
    origin: { file: '', line: 1, column: 1 },
  };
}

function withStack<T extends EvaluatorInput>(
  cluster: T,
  name: string | undefined,
  change: (stack: StackSettings) => StackSettings,
): T {
  return { ...cluster, stacks: cluster.stacks.map((stack) => (stack.name === name ? change(stack) : stack)) };
}
