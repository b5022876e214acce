import type { Labels, ServiceModel, ServicePort } from '../policy-model.ts';
import { parseCidr } from '../syntax/cidr.ts';
import { parseProtocol } from '../syntax/port-match.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { checkLabels } from './label-syntax.ts';
import type { ManifestObject, ObjectContext, WorkloadDetail } from './manifest.ts';
import { nameOf, namespaceOf, readLabels } from './metadata.ts';
import { workloadSchema } from './workload-schema.ts';

export interface Workload {
  readonly detail: WorkloadDetail;
  readonly service: ServiceModel;
  readonly addresses: readonly string[];
  /** At most one pod. */
  readonly single: boolean;
}

/** Undefined when it has no name to know it by. */
export function readWorkload(
  { kind, tree, source }: ManifestObject,
  context: ObjectContext,
): Workload | undefined {
  checkSchema(tree, workloadSchema(kind), source, context.report);
  const name = nameOf(tree);
  if (name === '') return undefined;
  const pod = podOf(kind, tree);
  checkLabels(get(pod, 'metadata', 'labels'), context);
  noteHostNetwork(pod, name, context);
  return {
    detail: readDetail(kind, tree, pod),
    service: {
      stack: namespaceOf(tree),
      name,
      labels: labelsOf(pod),
      ports: containersOf(pod).flatMap(readPorts),
      origin: source.at(tree.offset),
    },
    addresses: kind === 'Pod' ? readAddresses(tree, context) : [],
    single: isSingle(kind, tree),
  };
}

/** The pod that a workload makes: its template. */
function podOf(kind: string, tree: Tree): Tree | undefined {
  if (kind === 'Pod') return tree;
  return kind === 'CronJob'
    ? get(tree, 'spec', 'jobTemplate', 'spec', 'template')
    : get(tree, 'spec', 'template');
}

/** With the sidecars: init containers that go on running. */
function containersOf(pod: Tree | undefined): readonly Tree[] {
  const sidecars = itemsOf(get(pod, 'spec', 'initContainers')).filter(
    (container) => textOf(get(container, 'restartPolicy')) === 'Always',
  );
  return [...itemsOf(get(pod, 'spec', 'containers')), ...sidecars];
}

function labelsOf(pod: Tree | undefined): Labels {
  return readLabels(get(pod, 'metadata', 'labels'));
}

function readPorts(container: Tree): ServicePort[] {
  return itemsOf(get(container, 'ports')).flatMap((port): ServicePort[] => {
    const target = Number(textOf(get(port, 'containerPort')));
    const protocol = parseProtocol(textOf(get(port, 'protocol')) || 'TCP');
    const name = textOf(get(port, 'name'));
    return protocol === undefined || !(target > 0) ? [] : [{ protocol, target, ...(name ? { name } : {}) }];
  });
}

function readAddresses(tree: Tree, { source, report }: ObjectContext): readonly string[] {
  const written = [
    get(tree, 'status', 'podIP'),
    ...itemsOf(get(tree, 'status', 'podIPs')).map((each) => get(each, 'ip')),
  ];
  const addresses = new Set<string>();
  for (const value of written) {
    const text = textOf(value);
    if (value === undefined || !text) continue;
    if (!text.includes('/') && parseCidr(text)) addresses.add(text);
    else report.error('invalid-value', source.at(value.offset), `"${text}" is not an address`);
  }
  return [...addresses];
}

/** Kubernetes' defaults: one replica, one pod of a job at a time; a DaemonSet has one on each node. */
function isSingle(kind: string, tree: Tree): boolean {
  if (kind === 'Pod') return true;
  if (kind === 'DaemonSet' || kind === 'CronJob') return false;
  const written = textOf(get(tree, 'spec', kind === 'Job' ? 'parallelism' : 'replicas'));
  return !written || Number(written) <= 1;
}

function readDetail(kind: string, tree: Tree, pod: Tree | undefined): WorkloadDetail {
  const replicas = Number(textOf(get(tree, 'spec', 'replicas')) || NaN);
  return {
    kind,
    name: nameOf(tree),
    containers: itemsOf(get(pod, 'spec', 'containers')).map((container) => ({
      name: textOf(get(container, 'name')) ?? '',
      image: textOf(get(container, 'image')) ?? '',
    })),
    ...(Number.isInteger(replicas) && { replicas }),
    hostNetwork: hasHostNetwork(get(pod, 'spec', 'hostNetwork')),
  };
}

function hasHostNetwork(written: Tree | undefined): written is Tree {
  return written !== undefined && textOf(written) === 'true';
}

function noteHostNetwork(pod: Tree | undefined, name: string, { source, report }: ObjectContext): void {
  const written = get(pod, 'spec', 'hostNetwork');
  if (!hasHostNetwork(written)) return;
  const message = `"${name}" has its node's network: most plugins apply no NetworkPolicy to it; it is judged as any other pod`;
  report.warn('host-network', source.at(written.offset), message, 'Do not rely on policies that select it.');
}
