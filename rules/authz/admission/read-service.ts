import type { JsonObject } from '../api-request.ts';
import { capabilityName } from './capability-name.ts';
import { readEndpointOptions } from './read-endpoint.ts';
import {
  boolOf,
  createAsking,
  entriesOf,
  field,
  isGiven,
  itemsOf,
  numberOf,
  rootField,
  textOf,
  textsOf,
  type Asking,
  type Field,
} from './read-field.ts';
import { readLogDriver } from './read-host-config.ts';
import { readLabels, stacksOf } from './read-labels.ts';
import { readMounts } from './read-mount.ts';
import { readPrivileges } from './read-privileges.ts';
import { knows, type SpecVersion } from './service-api-version.ts';
import type { Limit, Wish, Workload } from './wish.ts';

const STACK = 'com.docker.stack.namespace';

/** `POST /services/create` and `/services/{id}/update` (moby, api/types/swarm/*.go, 20.10 to 28.5). */
export function readServiceSpec(spec: JsonObject | undefined, apiVersion: SpecVersion): Wish {
  const asking = createAsking();
  const root = rootField(spec);
  const template = field(root, 'TaskTemplate');
  const container = field(template, 'ContainerSpec');
  readTaskRuntime(template, asking);
  readContainerSpec(container, asking);
  const noNewPrivileges = readPrivileges(field(container, 'Privileges'), asking);
  readLogDriver(field(template, 'LogDriver', 'Name'), asking);
  for (const at of [field(root, 'Networks'), field(template, 'Networks')]) readNetworks(at, asking);
  for (const port of itemsOf(field(root, 'EndpointSpec', 'Ports'), asking)) readPort(port, asking);
  const labels = readLabels(field(root, 'Labels'), asking);
  const workload = readPromises(template, container, labels, apiVersion, asking);
  return {
    asks: asking.asks,
    workload: { ...workload, noNewPrivileges: noNewPrivileges && knows(apiVersion, 'noNewPrivileges') },
    stacks: [
      ...stacksOf(labels, [STACK]),
      ...stacksOf(readLabels(field(container, 'Labels'), asking), [STACK]),
    ],
  };
}

/** A service may install plugins on every node, or be a network attachment: neither is a container. */
function readTaskRuntime(template: Field, asking: Asking): void {
  const runtime = field(template, 'Runtime');
  const what = textOf(runtime, asking);
  if (what !== '' && what !== 'container') asking.add(runtime, { kind: 'task-runtime', what });
  for (const name of ['PluginSpec', 'NetworkAttachmentSpec']) {
    const at = field(template, name);
    if (isGiven(at)) asking.add(at, { kind: 'task-runtime', what: name });
  }
}

function readContainerSpec(container: Field, asking: Asking): void {
  const image = field(container, 'Image');
  asking.add(image, { kind: 'image', reference: textOf(image, asking) });
  const user = field(container, 'User');
  asking.add(user, { kind: 'user', user: textOf(user, asking) });
  for (const { text, at } of textsOf(field(container, 'CapabilityAdd'), asking))
    asking.add(at, { kind: 'capability', name: capabilityName(text) });
  for (const [name, value] of entriesOf(field(container, 'Sysctls'), asking))
    asking.add(value, { kind: 'sysctl', name });
  readMounts(field(container, 'Mounts'), asking);
  const score = field(container, 'OomScoreAdj');
  if (numberOf(score, asking) < 0) asking.add(score, { kind: 'oom', what: 'to be killed after others' });
  for (const item of itemsOf(field(container, 'DNSConfig', 'Nameservers'), asking))
    asking.add(item, { kind: 'dns-server', server: textOf(item, asking) });
}

function readNetworks(list: Field, asking: Asking): void {
  for (const item of itemsOf(list, asking)) {
    const at = field(item, 'Target');
    const reference = textOf(at, asking);
    if (reference === 'host') asking.add(at, { kind: 'host-namespace', space: 'network' });
    else asking.add(at, { kind: 'network', reference });
    readEndpointOptions(field(item, 'DriverOpts'), asking);
  }
}

/** Swarm takes the mode in any case, and every word that it does not know for `ingress`. */
function readPort(port: Field, asking: Asking): void {
  const mode = textOf(field(port, 'PublishMode'), asking);
  const at = field(port, 'PublishedPort');
  const published = numberOf(at, asking);
  if (mode.toUpperCase() === 'HOST')
    asking.add(field(port, 'PublishMode'), { kind: 'host-port', from: published, to: published });
}

function readPromises(
  template: Field,
  container: Field,
  labels: ReadonlyMap<string, string>,
  apiVersion: SpecVersion,
  asking: Asking,
): Omit<Workload, 'noNewPrivileges'> {
  const limits = field(template, 'Resources', 'Limits');
  const set = (name: string) => numberOf(field(limits, name), asking) > 0;
  const drops = textsOf(field(container, 'CapabilityDrop'), asking).map(({ text }) => capabilityName(text));
  const found: Limit[] = [
    ...(set('MemoryBytes') ? ['memory' as const] : []),
    ...(set('NanoCPUs') ? ['cpu' as const] : []),
    ...(set('Pids') && knows(apiVersion, 'pidsLimit') ? ['pids' as const] : []),
  ];
  return {
    user: textOf(field(container, 'User'), asking),
    readOnlyRoot: boolOf(field(container, 'ReadOnly'), asking),
    drops: new Set(knows(apiVersion, 'capabilities') ? drops : []),
    labels,
    limits: new Set(found),
    unconnected: false,
    fields: {
      user: 'TaskTemplate.ContainerSpec.User',
      readOnlyRoot: 'TaskTemplate.ContainerSpec.ReadOnly',
      noNewPrivileges: 'TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges',
      drops: 'TaskTemplate.ContainerSpec.CapabilityDrop',
      labels: 'Labels',
      memory: 'TaskTemplate.Resources.Limits.MemoryBytes',
      cpu: 'TaskTemplate.Resources.Limits.NanoCPUs',
      pids: 'TaskTemplate.Resources.Limits.Pids',
    },
  };
}
