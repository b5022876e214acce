import type { Diagnostic, Position } from '../diagnostic.ts';
import { STACK_NAME_LABEL } from '../label/label-policy.ts';
import type { Labels, Policy, StackModel } from '../policy-model.ts';
import { createReport, sortDiagnostics, type Report } from '../report.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { sourceText } from '../syntax/source-text.ts';
import { get, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { isMisspeltPolicy, reportMisspeltPolicy } from './check-policy-kind.ts';
import { checkLabels } from './label-syntax.ts';
import type { Frontend, ManifestCluster, ManifestObject, ManifestText, SkippedObject } from './manifest.ts';
import { nameOf, namespaceOf, readLabels } from './metadata.ts';
import { readingOf } from './object-kind.ts';
import { readDocuments } from './read-documents.ts';
import { readNetworkPolicy } from './read-network-policy.ts';
import { readObjects } from './read-objects.ts';
import { readWorlds } from './world-mark.ts';
import { readWorkload, type Workload } from './read-workload.ts';
import { namespaceSchema } from './workload-schema.ts';

export interface LoadedManifests {
  readonly cluster: ManifestCluster;
  readonly diagnostics: readonly Diagnostic[];
  readonly skipped: readonly SkippedObject[];
}

/** Kubernetes manifests, YAML or JSON. Never throws: whatever is wrong is in the diagnostics, all at once. */
export function loadManifests(texts: readonly ManifestText[]): LoadedManifests {
  const report = createReport();
  const objects = texts.flatMap(({ file, text, maybe }) => {
    const source = sourceText(file, text);
    return readDocuments(source, report).flatMap(({ tree }) => {
      if (maybe && isOther(tree)) {
        report.warn('not-a-manifest', source.at(tree.offset), NOT_A_MANIFEST);
        return [];
      }
      return readObjects(tree, { source, report });
    });
  });
  const known = withoutDuplicates(objects.filter(readingOf), report);
  const of = (reading: string): readonly ManifestObject[] =>
    known.filter((each) => readingOf(each) === reading);
  const namespaces = of('namespace').flatMap((each) => readNamespace(each, report));
  const workloads = withOwnNames(
    of('workload').flatMap((each) => readWorkload(each, { source: each.source, report }) ?? []),
    report,
  );
  const policies = of('policy').flatMap(
    (each) => readNetworkPolicy(each, { source: each.source, report }) ?? [],
  );
  const unread = objects.filter((each) => !readingOf(each));
  for (const each of unread.filter(isMisspeltPolicy)) reportMisspeltPolicy(each, report);
  const skipped = unread.filter((each) => !isMisspeltPolicy(each));
  noteSkipped(skipped, report);
  return {
    cluster: {
      ...clusterOf(namespaces, workloads, policies),
      worlds: readWorlds(of('policy')),
      frontends: of('service').map(readFrontend),
    },
    diagnostics: sortDiagnostics(report.diagnostics),
    skipped: skipped.map(({ apiVersion, kind, tree }) => ({ apiVersion, kind, name: nameOf(tree) })),
  };
}

const NOT_A_MANIFEST = 'this is skipped: it has neither apiVersion nor kind, so it is no Kubernetes object';

function isOther(tree: Tree): boolean {
  return get(tree, 'apiVersion') === undefined && get(tree, 'kind') === undefined;
}

interface Namespace {
  readonly name: string;
  readonly labels: Labels;
  readonly origin: Position;
}

function readNamespace({ tree, source }: ManifestObject, report: Report): Namespace[] {
  checkSchema(tree, namespaceSchema, source, report);
  checkLabels(get(tree, 'metadata', 'labels'), { source, report });
  const name = nameOf(tree);
  if (name === '') return [];
  return [{ name, labels: readLabels(get(tree, 'metadata', 'labels')), origin: source.at(tree.offset) }];
}

function readFrontend({ tree, source }: ManifestObject): Frontend {
  return {
    name: `${namespaceOf(tree)}/${nameOf(tree)}`,
    type: textOf(get(tree, 'spec', 'type')) ?? 'ClusterIP',
    origin: source.at(tree.offset),
  };
}

function clusterOf(
  namespaces: readonly Namespace[],
  workloads: readonly Workload[],
  policies: readonly Policy[],
): Omit<ManifestCluster, 'worlds' | 'frontends'> {
  const found = new Map(namespaces.map((each) => [each.name, each]));
  // A namespace that is only mentioned exists all the same, as far as these manifests go.
  for (const { stack, origin } of [...workloads.map(({ service }) => service), ...policies])
    if (!found.has(stack)) found.set(stack, { name: stack, labels: {}, origin });
  const services = byStack(workloads.map(({ service }) => service));
  const ofStack = byStack(policies);
  const stacks = [...found.values()].map(({ name, labels, origin }): StackModel => ({
    name,
    labels: { ...labels, [STACK_NAME_LABEL]: name },
    // Only policies isolate.
    annotated: true,
    defaults: { ingress: 'allow', egress: 'allow' },
    mode: 'enforce',
    encrypted: false,
    isolation: 'off',
    services: services.get(name) ?? [],
    policies: ofStack.get(name) ?? [],
    origin,
  }));
  const keyed = workloads.map((each) => ({ ...each, key: `${each.service.stack}/${each.service.name}` }));
  return {
    model: { stacks },
    addresses: new Map(
      keyed.flatMap(({ key, addresses }) => (addresses.length > 0 ? [[key, addresses]] : [])),
    ),
    single: new Set(keyed.flatMap(({ key, single }) => (single ? [key] : []))),
    workloads: new Map(keyed.map(({ key, detail }) => [key, detail])),
  };
}

function byStack<T extends { readonly stack: string }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.stack);
    if (group) group.push(item);
    else groups.set(item.stack, [item]);
  }
  return groups;
}

/** What has no name is kept: its reader says so. */
function withoutDuplicates(objects: readonly ManifestObject[], report: Report): readonly ManifestObject[] {
  const seen = new Map<string, Position>();
  return objects.filter(({ kind, tree, source }) => {
    if (nameOf(tree) === '') return true;
    const id = kind === 'Namespace' ? nameOf(tree) : `${namespaceOf(tree)}/${nameOf(tree)}`;
    const first = seen.get(`${kind} ${id}`);
    if (first === undefined) {
      seen.set(`${kind} ${id}`, source.at(tree.offset));
      return true;
    }
    const message = `${kind} ${id} is already at ${first.file}:${first.line}`;
    report.error('duplicate-object', source.at(tree.offset), message, 'Keep one of them.');
    return false;
  });
}

/** Kinds have names of their own, so two workloads may share one: the later is then known as `name.kind`. */
function withOwnNames(workloads: readonly Workload[], report: Report): readonly Workload[] {
  const taken = new Set<string>();
  return workloads.map((workload) => {
    const { detail, service } = workload;
    const { kind } = detail;
    const key = `${service.stack}/${service.name}`;
    if (!taken.has(key)) {
      taken.add(key);
      return workload;
    }
    const name = `${service.name}.${kind.toLowerCase()}`;
    taken.add(`${service.stack}/${name}`);
    const message = `another kind of workload is called ${key} too; this ${kind} is shown as ${service.stack}/${name}`;
    report.info('name-shared', service.origin, message);
    return { ...workload, service: { ...service, name } };
  });
}

/** Policies of other APIs: AdminNetworkPolicy, CiliumNetworkPolicy, Calico's GlobalNetworkPolicy and NetworkPolicy. */
const POLICY_KIND = /NetworkPolicy$/;

function policyHint(kind: string): string {
  return kind === 'ClusterNetworkPolicy' ? 'Give its file to --policies.' : '';
}

/** Last, so that a cluster's dump cannot crowd out mistakes. */
function noteSkipped(skipped: readonly ManifestObject[], report: Report): void {
  for (const { apiVersion, kind, tree, source } of skipped) {
    const what = `${kind} (${apiVersion}) "${nameOf(tree)}" is skipped`;
    const at = source.at(tree.offset);
    if (POLICY_KIND.test(kind))
      report.warn('skipped-policy', at, `${what}: what it decides is not in the answers`, policyHint(kind));
    else report.info('skipped-kind', at, `${what}: it says nothing about who may talk to whom`);
  }
}
