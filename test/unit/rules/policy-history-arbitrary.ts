import fc from 'fast-check';
import { DEFAULT_SETTINGS } from '../../../compose-ext/index.ts';
import type { ClusterChange, EndpointOwner } from '../../../rules/network-policy.ts';
import { clusterPolicies, groups, SERVICES, serviceOf, STACKS, stackOf } from './policy-arbitrary.ts';

/** All that happens to one thing, in its order. */
export type Story = readonly ClusterChange[];

const NETWORKS = ['n', 'm'];
const ADDRESSES = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'];

const owner: fc.Arbitrary<EndpointOwner> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...SERVICES).map((key): EndpointOwner => ({ kind: 'service', service: key })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'load-balancer', node: 'node-1' }) },
);

/** Of every stack, service, network and address at most one story each; the stories may be told in any mix. */
export const stories: fc.Arbitrary<readonly Story[]> = fc
  .tuple(
    ...STACKS.map((name) =>
      story(
        stackOf(name).map((stack) => ({ kind: 'stack', stack })),
        { kind: 'stack-removed', name },
      ),
    ),
    ...SERVICES.map((key) =>
      story(
        serviceOf(key).map((service) => ({ kind: 'service', service })),
        { kind: 'service-removed', key },
      ),
    ),
    ...NETWORKS.map((id) =>
      story(
        fc.boolean().map((encrypted) => ({
          kind: 'network',
          network: { id, name: id, subnets: ['10.0.0.0/24'], encrypted, ingress: false },
        })),
        { kind: 'network-removed', id },
      ),
    ),
    ...NETWORKS.flatMap((network) =>
      ADDRESSES.map((address) =>
        story(
          owner.map((by) => ({ kind: 'endpoint', endpoint: { network, address, owner: by } })),
          { kind: 'endpoint-removed', network, address },
        ),
      ),
    ),
    story(
      fc
        .uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2'))
        .map((addresses) => ({ kind: 'nodes', addresses })),
      { kind: 'nodes', addresses: [] },
    ),
    story(
      clusterPolicies.map((policies) => ({ kind: 'cluster-policies', policies })),
      { kind: 'cluster-policies', policies: [] },
    ),
    story(
      groups.map((all) => ({ kind: 'groups', groups: all })),
      { kind: 'groups', groups: [] },
    ),
  )
  .map((all) => all.filter((one) => one.length > 0));

/** What is left in the end, told once. */
export function endings(all: readonly Story[]): readonly ClusterChange[] {
  return all.flatMap((one) => one.slice(-1)).filter((change) => !change.kind.endsWith('-removed'));
}

/** The stories mixed as `choices` say, in batches of one or more. */
export function tell(
  all: readonly Story[],
  choices: Iterator<number>,
): readonly (readonly ClusterChange[])[] {
  const left = all.map((one) => [...one]);
  const batches: ClusterChange[][] = [[]];
  while (left.some((one) => one.length > 0)) {
    const open = left.filter((one) => one.length > 0);
    const change = open[next(choices) % open.length]?.shift();
    if (change) batches.at(-1)?.push(change);
    if (next(choices) % 3 === 0) batches.push([]);
  }
  return batches;
}

/** A removal for each thing told of. */
export function undoing(all: readonly Story[]): readonly Story[] {
  return all.map(([change]) => (change ? [removalOf(change)] : []));
}

function story(change: fc.Arbitrary<ClusterChange>, removal: ClusterChange): fc.Arbitrary<Story> {
  return fc.array(
    fc.oneof({ weight: 4, arbitrary: change }, { weight: 1, arbitrary: fc.constant(removal) }),
    {
      maxLength: 3,
    },
  );
}

function removalOf(change: ClusterChange): ClusterChange {
  switch (change.kind) {
    case 'stack':
      return { kind: 'stack-removed', name: change.stack.name };
    case 'service':
      return { kind: 'service-removed', key: change.service.key };
    case 'network':
      return { kind: 'network-removed', id: change.network.id };
    case 'endpoint':
      return { kind: 'endpoint-removed', ...change.endpoint };
    case 'nodes':
      return { kind: 'nodes', addresses: [] };
    case 'cluster-policies':
      return { kind: 'cluster-policies', policies: [] };
    case 'groups':
      return { kind: 'groups', groups: [] };
    case 'settings':
      return { kind: 'settings', settings: DEFAULT_SETTINGS };
    case 'stack-removed':
    case 'service-removed':
    case 'network-removed':
    case 'endpoint-removed':
      return change;
  }
}

function next(choices: Iterator<number>): number {
  return Number(choices.next().value ?? 0);
}
