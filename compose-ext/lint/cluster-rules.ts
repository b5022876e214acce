import type {
  ClusterPolicy,
  ClusterRule,
  Direction,
  PolicyModel,
  PortMatch,
  ServiceModel,
  StackModel,
} from '../policy-model.ts';
import { matchesSelector } from '../selector.ts';

export interface AdminRule {
  readonly policy: ClusterPolicy;
  readonly rule: ClusterRule;
}

/** The admin tier's rules about a service, in the order in which they are tried. */
export type AdminRules = (service: ServiceModel, direction: Direction) => readonly AdminRule[];

export function createAdminRules(
  { clusterPolicies = [] }: PolicyModel,
  stacks: ReadonlyMap<string, StackModel>,
): AdminRules {
  const admin = clusterPolicies
    .filter(({ tier }) => tier === 'admin')
    .toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
  return (service, direction) =>
    admin
      .filter(({ subject }) => selectsService(subject, service, stacks.get(service.stack)))
      .flatMap((policy) => policy[direction].map((rule) => ({ policy, rule })));
}

function selectsService(
  { stacks, services }: ClusterPolicy['subject'],
  service: ServiceModel,
  stack: StackModel | undefined,
): boolean {
  return (
    (stacks === undefined || matchesSelector(stacks, stack?.labels ?? {})) &&
    (services === undefined || matchesSelector(services, service.labels))
  );
}

/** Whether some port could be in both; names could be any port. */
export function portsMayMeet(a: readonly PortMatch[], b: readonly PortMatch[]): boolean {
  if (a.length === 0 || b.length === 0) return true;
  return a.some((one) => b.some((other) => one.protocol === other.protocol && rangesMeet(one, other)));
}

function rangesMeet(a: PortMatch, b: PortMatch): boolean {
  if (typeof a.port !== 'number' || typeof b.port !== 'number') return true;
  return a.port <= (b.endPort ?? b.port) && b.port <= (a.endPort ?? a.port);
}
