import { STACK_NAME_LABEL } from '../../label/label-policy.ts';
import type { Peer, Policy, PolicyModel, Selector, ServiceModel } from '../../policy-model.ts';
import { serviceKey } from '../../reach.ts';
import { assignNames, labelForm } from './kubernetes-names.ts';
import { assignPortNames, type PortNames } from './port-names.ts';

/** What everything is called in Kubernetes. */
export interface ExportNames {
  namespaceOf(stack: string): string;
  workloadOf(stack: string, service: string): string;
  /** The label that holds the workload's name, so that a policy can mean one service. */
  readonly serviceLabel: string;
  readonly ports: PortNames;
}

/** Names also what policies mention and nobody has given: it must not become the name of something else. */
export function assignExportNames(model: PolicyModel): ExportNames {
  const peers = peersOf(model);
  const mentioned = peers.flatMap((peer) => (peer.kind === 'service' ? [peer] : []));
  const namespaces = assignNames(
    [
      ...model.stacks.map(({ name }) => name),
      ...mentioned.map(({ stack }) => stack),
      ...peers.flatMap((peer) => (peer.kind === 'selector' && peer.stacks ? stackNamesIn(peer.stacks) : [])),
    ],
    labelForm('stack'),
  );
  const services = new Map<string, string[]>();
  const add = (stack: string, name: string) => services.set(stack, [...(services.get(stack) ?? []), name]);
  for (const { services: own } of model.stacks) for (const { stack, name } of own) add(stack, name);
  for (const { stack, service } of mentioned) add(stack, service);
  const workloads = new Map(
    [...services].flatMap(([stack, names]) =>
      [...assignNames(names, labelForm('service'))].map(
        ([name, given]) => [serviceKey(stack, name), given] as const,
      ),
    ),
  );
  const workloadOf = (stack: string, service: string) => workloads.get(serviceKey(stack, service)) ?? service;
  return {
    namespaceOf: (stack) => namespaces.get(stack) ?? stack,
    workloadOf,
    serviceLabel: freeLabel(model, ({ stack, name }) => workloadOf(stack, name)),
    ports: assignPortNames(model),
  };
}

export function rulesOf(policy: Policy) {
  return [...policy.ingress, ...policy.egress];
}

function peersOf({ stacks }: PolicyModel): readonly Peer[] {
  return stacks.flatMap(({ policies }) => policies.flatMap(rulesOf)).flatMap(({ peers }) => peers);
}

function stackNamesIn({ matchLabels, matchExpressions }: Selector): readonly string[] {
  const own = matchExpressions.filter(({ key }) => key === STACK_NAME_LABEL).flatMap(({ values }) => values);
  return Object.hasOwn(matchLabels, STACK_NAME_LABEL) ? [matchLabels[STACK_NAME_LABEL] ?? '', ...own] : own;
}

/** Keys that selectors of services ask for: only these labels matter. */
export function askedServiceLabels(model: PolicyModel): ReadonlySet<string> {
  const targets = model.stacks.flatMap(({ policies }) =>
    policies.flatMap(({ target }) => (target.kind === 'selector' ? [target.services] : [])),
  );
  const peers = peersOf(model).flatMap((peer) =>
    peer.kind === 'selector' && peer.services ? [peer.services] : [],
  );
  return new Set([...targets, ...peers].flatMap(keysOf));
}

export function askedStackLabels(model: PolicyModel): ReadonlySet<string> {
  return new Set(
    peersOf(model).flatMap((peer) => (peer.kind === 'selector' && peer.stacks ? keysOf(peer.stacks) : [])),
  );
}

function keysOf({ matchLabels, matchExpressions }: Selector): readonly string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** One that no service has and no selector asks for, or that every service has already, as an earlier export gave it. */
function freeLabel(model: PolicyModel, nameOf: (service: ServiceModel) => string): string {
  const asked = askedServiceLabels(model);
  const services = model.stacks.flatMap((stack) => stack.services);
  const free = (key: string) =>
    services.every((service) => service.labels[key] === nameOf(service)) ||
    (!asked.has(key) && !services.some(({ labels }) => Object.hasOwn(labels, key)));
  for (let number = 1; ; number++) {
    const key = number === 1 ? 'swarmwall/service' : `swarmwall/service-${number}`;
    if (free(key)) return key;
  }
}
