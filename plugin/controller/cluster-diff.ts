import type { ClusterChange, Endpoint } from '../../rules/network-policy.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * What turns one view into the next, as the calculator takes it: things before what refers to them, removals of
 * addresses before their new owners. Equal views give nothing.
 */
export function diffCluster(before: ClusterView, after: ClusterView): ClusterChange[] {
  const changes: ClusterChange[] = [];
  if (!same(before.settings, after.settings)) changes.push({ kind: 'settings', settings: after.settings });
  if (!same(before.groups, after.groups)) changes.push({ kind: 'groups', groups: after.groups });
  if (!same(before.clusterPolicies, after.clusterPolicies))
    changes.push({ kind: 'cluster-policies', policies: after.clusterPolicies });
  changed(before.stacks, after.stacks, (stack) => changes.push({ kind: 'stack', stack }));
  changed(before.networks, after.networks, (network) => changes.push({ kind: 'network', network }));
  changed(before.services, after.services, (service) => changes.push({ kind: 'service', service }));
  gone(before.endpoints, after.endpoints, ({ network, address }) =>
    changes.push({ kind: 'endpoint-removed', network, address }),
  );
  changed(before.endpoints, after.endpoints, (endpoint) => changes.push({ kind: 'endpoint', endpoint }));
  gone(before.services, after.services, ({ key }) => changes.push({ kind: 'service-removed', key }));
  gone(before.networks, after.networks, ({ id }) => changes.push({ kind: 'network-removed', id }));
  gone(before.stacks, after.stacks, ({ name }) => changes.push({ kind: 'stack-removed', name }));
  if (!same(before.nodeAddresses, after.nodeAddresses))
    changes.push({ kind: 'nodes', addresses: after.nodeAddresses });
  return changes;
}

export function endpointKey({ network, address }: Pick<Endpoint, 'network' | 'address'>): string {
  return `${network} ${address}`;
}

function changed<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  found: (value: T) => void,
): void {
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === undefined || !same(old, value)) found(value);
  }
}

function gone<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  found: (value: T) => void,
): void {
  for (const [key, value] of before) if (!after.has(key)) found(value);
}

/** Views are built by the same code in the same key order, so their text decides. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
