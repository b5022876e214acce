import type { ApiRequest } from '../api-request.ts';
import { capabilityName } from './capability-name.ts';
import { readEndpoint, readEndpoints } from './read-endpoint.ts';
import {
  boolOf,
  createAsking,
  entriesOf,
  field,
  isGiven,
  numberOf,
  rootField,
  textOf,
  textsOf,
  type Asking,
  type Field,
} from './read-field.ts';
import { readHostConfig } from './read-host-config.ts';
import { readLabels, stacksOf } from './read-labels.ts';
import type { Limit, Wish, Workload } from './wish.ts';

const PROJECT = 'com.docker.compose.project';
const STACK = 'com.docker.stack.namespace';

/**
 * `POST /containers/create`. Engines up to 20.10 take HostConfig's fields from the body's top as well, all of them if there
 * is no HostConfig; so they ask for things there, and promise nothing.
 */
export function readContainerCreate({ body }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  const host = field(root, 'HostConfig');
  readHostConfig(root, asking);
  const noNewPrivileges = readHostConfig(host, asking) === 'on';
  readConfig(root, asking);
  readEndpoints(root, asking);
  readDefaultNetwork(field(host, 'NetworkMode'), asking);
  const labels = readLabels(field(root, 'Labels'), asking);
  return {
    asks: asking.asks,
    workload: { ...readPromises(root, host, asking), noNewPrivileges, labels },
    stacks: stacksOf(labels, [PROJECT, STACK]),
  };
}

function readConfig(root: Field, asking: Asking): void {
  const image = field(root, 'Image');
  asking.add(image, { kind: 'image', reference: textOf(image, asking) });
  const user = field(root, 'User');
  asking.add(user, { kind: 'user', user: textOf(user, asking) });
  // A name before the place would be a bind mount; no engine takes it, and nobody should.
  for (const [place, value] of entriesOf(field(root, 'Volumes'), asking))
    if (place.includes(':')) asking.add(value, { kind: 'host-path', source: place.split(':')[0] ?? '' });
}

/** Where nothing is said, the engine puts a container on its own bridge. */
function readDefaultNetwork(mode: Field, asking: Asking): void {
  if (['', 'default'].includes(textOf(mode, asking)))
    asking.add(mode, { kind: 'network', reference: 'bridge' });
}

function readPromises(
  root: Field,
  host: Field,
  asking: Asking,
): Omit<Workload, 'noNewPrivileges' | 'labels'> {
  const drops = textsOf(field(host, 'CapDrop'), asking).map(({ text }) => capabilityName(text));
  const mode = textOf(field(host, 'NetworkMode'), asking);
  return {
    user: textOf(field(root, 'User'), asking),
    readOnlyRoot: boolOf(field(host, 'ReadonlyRootfs'), asking),
    drops: new Set(drops),
    limits: new Set(readLimits(host, asking)),
    unconnected: mode === 'none' || boolOf(field(root, 'NetworkDisabled'), asking),
    fields: {
      user: 'User',
      readOnlyRoot: 'HostConfig.ReadonlyRootfs',
      noNewPrivileges: 'HostConfig.SecurityOpt',
      drops: 'HostConfig.CapDrop',
      labels: 'Labels',
      memory: 'HostConfig.Memory',
      cpu: 'HostConfig.NanoCpus',
      pids: 'HostConfig.PidsLimit',
    },
  };
}

function readLimits(host: Field, asking: Asking): Limit[] {
  const set = (name: string) => numberOf(field(host, name), asking) > 0;
  return [
    ...(set('Memory') ? ['memory' as const] : []),
    ...(set('NanoCpus') || set('CpuQuota') ? ['cpu' as const] : []),
    ...(set('PidsLimit') ? ['pids' as const] : []),
  ];
}

/**
 * `POST /containers/{id}/update`, and the HostConfig that engines up to 20.10 take at `start` (API before 1.24). A limit may
 * go: a negative number is none, a PidsLimit of 0 neither; 0 leaves the others as they are.
 */
export function readContainerChange({ body }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  readHostConfig(root, asking);
  const lifted = (name: string, limit: Limit, least: number): void => {
    const at = field(root, name);
    if (isGiven(at) && numberOf(at, asking) < least) asking.add(at, { kind: 'limit-lifted', limit });
  };
  lifted('Memory', 'memory', 0);
  lifted('MemorySwap', 'memory', 0);
  lifted('NanoCpus', 'cpu', 0);
  lifted('CpuQuota', 'cpu', 0);
  lifted('PidsLimit', 'pids', 1);
  return { asks: asking.asks, stacks: [] };
}

/** `POST /containers/{id}/exec`. Without a user it is the container's own. */
export function readExec({ body }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  const privileged = field(root, 'Privileged');
  if (boolOf(privileged, asking)) asking.add(privileged, { kind: 'privileged' });
  const user = field(root, 'User');
  const name = textOf(user, asking);
  if (name !== '') asking.add(user, { kind: 'user', user: name });
  return { asks: asking.asks, stacks: [] };
}

/** `POST /networks/{id}/connect`. */
export function readConnect({ body, operation }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  readEndpoint(field(root, 'EndpointConfig'), asking);
  if (operation.name !== undefined) {
    asking.add('the path', { kind: 'network', reference: operation.name });
    asking.add('the path', { kind: 'late-network', network: operation.name });
  }
  return { asks: asking.asks, stacks: [] };
}
