import type {
  CidrGroup,
  ClusterPolicy,
  Direction,
  Labels,
  Peer,
  Policy,
  PortMatch,
  Tier,
  TierAction,
} from '../compose-ext/policy-model.ts';
import type { DecidingRule } from './network-policy.ts';
import { difference, EVERYTHING, type PortSet } from './port-set.ts';
import { hasNames, resolvePorts } from './resolve-ports.ts';
import { matchesSelector } from '../compose-ext/selector.ts';
import { createMetadata, type Metadata } from './metadata.ts';
import { type Outside, type SideRule, peersOf } from './side-rule.ts';

/** One rule of a cluster policy, as a side that it selects tries it. */
export interface TierRule extends SideRule {
  readonly action: TierAction;
  /** Nobody wrote it. */
  readonly builtIn?: true;
}

export interface OrderedPolicy {
  readonly policy: ClusterPolicy;
  readonly rules: Readonly<Record<Direction, readonly TierRule[]>>;
}

/** What holds for the whole cluster, made ready once: all services that a policy selects share its rules. */
export interface ClusterScope extends Outside {
  /** In the order in which they are tried. */
  readonly tiers: Readonly<Record<Tier, readonly OrderedPolicy[]>>;
  /** Of every egress side that anything is said of, after all others: no service gets at metadata by default. */
  readonly last: readonly TierRule[];
  /** A service's own policy, in the order of its rules. */
  ownRules(policy: Policy, direction: Direction): readonly SideRule[];
}

export function createScope(
  policies: readonly ClusterPolicy[] = [],
  groups: readonly CidrGroup[] = [],
  metadata: Metadata = createMetadata(),
): ClusterScope {
  const outside: Outside = { groups: new Map(groups.map((group) => [group.name, group])), metadata };
  const ordered = policies
    // Names differ; by code unit, so that the order does not depend on where it is computed.
    .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1))
    .map((policy) => prepare(policy, outside));
  const tier = (wanted: Tier) => ordered.filter(({ policy }) => policy.tier === wanted);
  return {
    tiers: { admin: tier('admin'), baseline: tier('baseline') },
    ...outside,
    last: denyMetadata(outside),
    ownRules: (policy, direction) => ownRulesOf(policy, direction, outside),
  };
}

/** For a cluster that stands still, where one policy selects many services: they share its rules. */
export function withSharedRules(scope: ClusterScope): ClusterScope {
  const known = {
    ingress: new Map<Policy, readonly SideRule[]>(),
    egress: new Map<Policy, readonly SideRule[]>(),
  };
  return {
    ...scope,
    ownRules(policy, direction) {
      const rules = known[direction].get(policy) ?? scope.ownRules(policy, direction);
      known[direction].set(policy, rules);
      return rules;
    },
  };
}

function ownRulesOf(policy: Policy, direction: Direction, outside: Outside): readonly SideRule[] {
  return policy[direction].map(({ origin, peers, ports }) => ({
    decides: { policy: policy.name, stack: policy.stack, direction, origin },
    stack: policy.stack,
    ports,
    ...peersOf(peers, outside, direction),
    ...fixedPortsOf(ports),
  }));
}

/** A name is the selected service's on ingress, and each destination's on egress: see `withOwnPorts`. */
function fixedPortsOf(ports: readonly PortMatch[]): Pick<SideRule, 'fixedPorts'> {
  return hasNames(ports) ? {} : { fixedPorts: resolvePorts(ports, []) };
}

/** Whether the policy is about a service with these labels in a stack with those. */
export function selectsService({ subject }: ClusterPolicy, labels: Labels, stackLabels: Labels): boolean {
  return (
    (!subject.stacks || matchesSelector(subject.stacks, stackLabels)) &&
    (!subject.services || matchesSelector(subject.services, labels))
  );
}

function prepare(policy: ClusterPolicy, outside: Outside): OrderedPolicy {
  const rulesOf = (direction: Direction): readonly TierRule[] =>
    policy[direction].map((rule) => {
      const { origin, peers, ports, action, name } = rule;
      const decides: DecidingRule = {
        ...{ policy: policy.name, stack: '', direction, origin, cluster: true },
        ...(name !== undefined && { rule: name }),
      };
      return {
        ...{ decides, stack: '', ports, action },
        ...peersOf(peers, outside, direction, action),
        ...fixedPortsOf(ports),
      };
    });
  return { policy, rules: { ingress: rulesOf('ingress'), egress: rulesOf('egress') } };
}

export const METADATA_POLICY = 'metadata-addresses (built in)';

/** Google's resolver has the address of its metadata. */
const RESOLVER = '169.254.169.254';
const NOT_DNS = difference(
  EVERYTHING,
  resolvePorts(
    [
      { protocol: 'udp', port: 53 },
      { protocol: 'tcp', port: 53 },
    ],
    [],
  ),
);

function denyMetadata(outside: Outside): readonly TierRule[] {
  const denies = (addresses: readonly string[], fixedPorts: PortSet): readonly TierRule[] => {
    if (addresses.length === 0) return [];
    const peers = addresses.map((address): Peer => {
      return { kind: 'ipBlock', cidr: `${address}/${address.includes(':') ? 128 : 32}`, except: [] };
    });
    const origin = { file: '', line: 1, column: 1 };
    const decides = {
      policy: METADATA_POLICY,
      stack: '',
      direction: 'egress',
      origin,
      cluster: true,
    } as const;
    const rule = { decides, stack: '', ports: [], action: 'deny', builtIn: true, fixedPorts } as const;
    return [{ ...rule, ...peersOf(peers, outside, 'egress', 'deny') }];
  };
  const { addresses } = outside.metadata;
  const others = addresses.filter((address) => address !== RESOLVER);
  return [
    ...denies(others, EVERYTHING),
    ...denies(
      addresses.filter((address) => address === RESOLVER),
      NOT_DNS,
    ),
  ];
}
