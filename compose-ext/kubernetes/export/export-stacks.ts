import type { Diagnostic, Position } from '../../diagnostic.ts';
import type { Plain } from '../../emit/node-building.ts';
import type { ComposeFile } from '../../load/compose-file.ts';
import type { Direction, PolicyModel, StackModel } from '../../policy-model.ts';
import { createReport, sortDiagnostics, type Report } from '../../report.ts';
import { parseCidr } from '../../syntax/cidr.ts';
import { checkStack, createLabelFilter, type LabelFilter } from './check-exportable.ts';
import { assignExportNames, rulesOf, type ExportNames } from './export-names.ts';
import { denyAll, exportPolicy } from './export-policy.ts';
import { exportPublished, exportWorkload } from './export-workload.ts';
import { assignNames, firstFree, SERVICE_FORM, SUBDOMAIN_FORM } from './kubernetes-names.ts';

export interface ExportOptions {
  /** The pods' address blocks, canonical, which the world leaves out. */
  readonly podCidrs?: readonly string[];
}

export interface ExportedObject {
  readonly object: Plain;
  /** What it was made from. */
  readonly origin: Position;
}

export interface Exported {
  readonly objects: readonly ExportedObject[];
  readonly names: ExportNames;
  /** With errors the objects would mean something else than the stacks, and must not be used. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Manifests for these stacks: a namespace each, a workload a service, and the policies. */
export function exportStacks(
  files: readonly ComposeFile[],
  model: PolicyModel,
  { podCidrs = [] }: ExportOptions = {},
): Exported {
  const report = createReport();
  const names = assignExportNames(model);
  const labels = createLabelFilter(model, report);
  const except = podCidrs.flatMap((text) => parseCidr(text)?.text ?? []);
  for (const stack of model.stacks) checkStack(stack, model, names, report);
  if (except.length === 0) warnWorld(model, report);
  for (const [name, given] of names.ports.renamed) noteRenamedPort(name, given, model, report);
  const objects = model.stacks.flatMap((stack) => [
    exportNamespace(stack, names, labels),
    ...exportServices(stack, files, names, labels),
    ...exportPolicies(stack, names, except),
  ]);
  return { objects, names, diagnostics: sortDiagnostics(report.diagnostics) };
}

function exportNamespace(stack: StackModel, names: ExportNames, filter: LabelFilter): ExportedObject {
  const name = names.namespaceOf(stack.name);
  const written = { ...stack.labels, 'kubernetes.io/metadata.name': name };
  const labels = filter.ofStack(written, `stack ${stack.name}`, stack.origin);
  return {
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    origin: stack.origin,
  };
}

function exportServices(
  stack: StackModel,
  files: readonly ComposeFile[],
  names: ExportNames,
  filter: LabelFilter,
): ExportedObject[] {
  const file = files.find((each) => each.stack === stack.name);
  const workloads = stack.services.map(({ name }) => names.workloadOf(stack.name, name));
  const published = assignNames(workloads, SERVICE_FORM);
  return stack.services.flatMap((service): ExportedObject[] => {
    const { name, origin } = service;
    const written = file?.services.find((each) => each.name === name);
    const labels = filter.ofService(service.labels, `service ${stack.name}/${name}`, origin);
    const own = names.workloadOf(stack.name, name);
    const door = exportPublished(service, published.get(own) ?? own, names);
    return [
      { object: exportWorkload({ service, written, labels }, names), origin },
      ...(door === undefined ? [] : [{ object: door, origin }]),
    ];
  });
}

function exportPolicies(
  stack: StackModel,
  names: ExportNames,
  podCidrs: readonly string[],
): ExportedObject[] {
  const assigned = assignNames(
    stack.policies.map(({ name }) => name),
    SUBDOMAIN_FORM,
  );
  const policies = stack.policies.map((policy) => ({
    object: exportPolicy(policy, assigned.get(policy.name) ?? policy.name, { names, podCidrs }),
    origin: policy.origin,
  }));
  const denied = (['ingress', 'egress'] as const).filter(
    (direction: Direction) => stack.annotated && stack.defaults[direction] === 'deny',
  );
  if (denied.length === 0) return policies;
  const name = firstFree('default-deny', SUBDOMAIN_FORM.max, new Set(assigned.values()));
  return [
    { object: denyAll(names.namespaceOf(stack.name), name, denied), origin: stack.origin },
    ...policies,
  ];
}

function warnWorld({ stacks }: PolicyModel, report: Report): void {
  const rules = stacks
    .flatMap(({ policies }) => policies.flatMap(rulesOf))
    .filter(({ peers }) => peers.some(({ kind }) => kind === 'world'));
  const [first] = rules;
  if (first === undefined) return;
  const count = rules.length === 1 ? 'a rule means' : `${rules.length} rules mean`;
  const message = `${count} the world, in Kubernetes every address: network plugins that look at pods' addresses will let pods pass too`;
  report.warn(
    'world-means-pods',
    first.origin,
    message,
    'Give the pods’ addresses: --pod-cidr 10.244.0.0/16.',
  );
}

function noteRenamedPort(
  name: string,
  given: readonly string[],
  { stacks }: PolicyModel,
  report: Report,
): void {
  const services = stacks.flatMap((stack) => stack.services);
  const bearer = services.find(({ ports }) => ports.some((port) => port.name === name));
  const message = `the port name "${name}" becomes ${given.join(', ')}: in Kubernetes a name is one port of a pod, in small letters`;
  const origin = bearer?.origin ?? stacks[0]?.origin;
  if (origin) report.info('name-fitted', origin, message);
}
