import fc from 'fast-check';
import type { EvaluatorInput } from '../../../rules/evaluator.ts';
import type { ClusterChange } from '../../../rules/network-policy.ts';
import {
  clusterPolicyOf,
  groupOf,
  GROUPS,
  labels,
  policyOf,
  SERVICES,
  serviceOf,
  STACKS,
  stackOf,
} from './policy-arbitrary.ts';

/** A change of one aspect of one thing, as the cluster is when it comes. Nothing where the thing is gone. */
export type Edit = (before: EvaluatorInput) => readonly ClusterChange[];

const one = <T>(items: readonly T[]) => fc.constantFrom(...items);

function editService(
  change: fc.Arbitrary<(service: EvaluatorInput['services'][number]) => EvaluatorInput['services'][number]>,
): fc.Arbitrary<Edit> {
  return fc.tuple(one(SERVICES), change).map(([key, edit]) => ({ services }) => {
    const found = services.find((service) => service.key === key);
    return found ? [{ kind: 'service', service: edit(found) }] : [];
  });
}

function editStack(
  change: fc.Arbitrary<(stack: EvaluatorInput['stacks'][number]) => EvaluatorInput['stacks'][number]>,
): fc.Arbitrary<Edit> {
  return fc.tuple(one(STACKS), change).map(([name, edit]) => ({ stacks }) => {
    const found = stacks.find((stack) => stack.name === name);
    return found ? [{ kind: 'stack', stack: edit(found) }] : [];
  });
}

const policies: readonly fc.Arbitrary<Edit>[] = [
  editService(
    policyOf('s').map((policy) => (service) => ({
      ...service,
      policies: [...service.policies, { ...policy, stack: service.stack }],
    })),
  ),
  editService(
    policyOf('s').map((policy) => (service) => ({
      ...service,
      policies: [{ ...policy, stack: service.stack }, ...service.policies.slice(1)],
    })),
  ),
  editService(fc.constant((service) => ({ ...service, policies: service.policies.slice(1) }))),
];

const labelEdits: readonly fc.Arbitrary<Edit>[] = [
  editService(labels.map((own) => (service) => ({ ...service, labels: own }))),
  editStack(labels.map((own) => (stack) => ({ ...stack, labels: { ...own, name: stack.name } }))),
];

const things: readonly fc.Arbitrary<Edit>[] = [
  one(SERVICES)
    .chain(serviceOf)
    .map((service) => () => [{ kind: 'service', service }]),
  one(SERVICES).map((key) => () => [{ kind: 'service-removed', key }]),
  one(STACKS)
    .chain(stackOf)
    .map((stack) => () => [{ kind: 'stack', stack }]),
  one(STACKS).map((name) => () => [{ kind: 'stack-removed', name }]),
  fc.subarray(['192.0.2.1', '198.51.100.1']).map((addresses) => () => [{ kind: 'nodes', addresses }]),
];

/** In any order of their list: it says nothing. */
const clusterWide: readonly fc.Arbitrary<Edit>[] = [
  one(['p', 'q', 'r'])
    .chain(clusterPolicyOf)
    .map((policy) => ({ clusterPolicies = [] }) => [
      {
        kind: 'cluster-policies',
        policies: [policy, ...clusterPolicies.filter(({ name }) => name !== policy.name)],
      },
    ]),
  one(['p', 'q', 'r']).map((gone) => ({ clusterPolicies = [] }) => [
    { kind: 'cluster-policies', policies: clusterPolicies.filter(({ name }) => name !== gone) },
  ]),
  one(GROUPS)
    .chain(groupOf)
    .map((group) => ({ groups = [] }) => [
      { kind: 'groups', groups: [...groups.filter(({ name }) => name !== group.name), group] },
    ]),
  one(GROUPS).map((gone) => ({ groups = [] }) => [
    { kind: 'groups', groups: groups.filter(({ name }) => name !== gone) },
  ]),
];

/** Policies, labels, namespaces, workloads, cluster policies and groups added, changed and removed. */
export const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.oneof(...policies, ...labelEdits, ...things, ...clusterWide),
  { minLength: 1, maxLength: 8 },
);

/** The cluster as it is once these have come: the last word about each thing. */
export function after(before: EvaluatorInput, changes: readonly ClusterChange[]): EvaluatorInput {
  const stacks = new Map(before.stacks.map((stack) => [stack.name, stack]));
  const services = new Map(before.services.map((service) => [service.key, service]));
  let { nodeAddresses = [], clusterPolicies = [], groups = [] } = before;
  for (const change of changes)
    if (change.kind === 'stack') stacks.set(change.stack.name, change.stack);
    else if (change.kind === 'stack-removed') stacks.delete(change.name);
    else if (change.kind === 'service') services.set(change.service.key, change.service);
    else if (change.kind === 'service-removed') services.delete(change.key);
    else if (change.kind === 'nodes') nodeAddresses = change.addresses;
    else if (change.kind === 'cluster-policies') clusterPolicies = change.policies;
    else if (change.kind === 'groups') groups = change.groups;
  return {
    ...{ stacks: [...stacks.values()], services: [...services.values()] },
    ...{ nodeAddresses, clusterPolicies, groups },
  };
}
