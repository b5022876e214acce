import type { ApiRequest } from '../api-request.ts';
import {
  boolOf,
  createAsking,
  field,
  isGiven,
  rootField,
  textOf,
  type Asking,
  type Field,
} from './read-field.ts';
import { readLogDriver } from './read-host-config.ts';
import { readLabels, stacksOf } from './read-labels.ts';
import { readOptions } from './read-mount.ts';
import { volumeAsks } from './volume-options.ts';
import type { Wish } from './wish.ts';

const STACK_LABELS = ['com.docker.stack.namespace', 'com.docker.compose.project'];

/** `POST /volumes/create`, and `PUT /volumes/{name}`, which is for cluster volumes alone. */
export function readVolume({ body, operation }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  const driver = textOf(field(root, 'Driver'), asking);
  const options = readOptions(field(root, 'DriverOpts'), asking);
  const name = textOf(field(root, 'Name'), asking);
  const at = field(root, options.size === 0 ? 'Driver' : 'DriverOpts');
  for (const asked of volumeAsks(driver, options, name)) asking.add(at, asked);
  const cluster = field(root, 'ClusterVolumeSpec');
  if (isGiven(cluster) || operation.id === 'VolumeUpdate')
    asking.add(cluster, { kind: 'volume-driver', driver: 'csi' });
  return { asks: asking.asks, stacks: stacksOf(readLabels(field(root, 'Labels'), asking), STACK_LABELS) };
}

/** `POST /networks/create`. */
export function readNetwork({ body }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  const driver = field(root, 'Driver');
  const name = textOf(driver, asking);
  if (name !== '') asking.add(driver, { kind: 'network-driver', driver: name });
  readIpam(field(root, 'IPAM'), asking);
  for (const [option] of readOptions(field(root, 'Options'), asking))
    asking.add(field(root, 'Options'), { kind: 'network-option', option });
  const ingress = field(root, 'Ingress');
  if (boolOf(ingress, asking)) asking.add(ingress, { kind: 'network-option', option: 'ingress' });
  return { asks: asking.asks, stacks: stacksOf(readLabels(field(root, 'Labels'), asking), STACK_LABELS) };
}

function readIpam(ipam: Field, asking: Asking): void {
  const at = field(ipam, 'Driver');
  const driver = textOf(at, asking);
  if (driver !== '' && driver !== 'default')
    asking.add(at, { kind: 'network-option', option: `ipam ${driver}` });
}

/** The log driver of all services that name none: of `POST /swarm/update`, and under `Spec` of `/swarm/init`. */
export function readSwarm({ body }: ApiRequest): Wish {
  const asking = createAsking();
  const root = rootField(body);
  for (const spec of [root, field(root, 'Spec')])
    readLogDriver(field(spec, 'TaskDefaults', 'LogDriver', 'Name'), asking);
  return { asks: asking.asks, stacks: [] };
}

/** A managed plugin is a process on the host with what its own configuration says. */
export function readPlugin({ operation }: ApiRequest): Wish {
  const asking = createAsking();
  asking.add('the path', { kind: 'plugin', what: operation.verb });
  return { asks: asking.asks, stacks: [] };
}

/** A checkpoint is read from, or written to, whatever folder of the host the request names. */
export function readCheckpoint({ body, query }: ApiRequest): Wish {
  const asking = createAsking();
  const at = field(rootField(body), 'CheckpointDir');
  const written = textOf(at, asking);
  if (written !== '') asking.add(at, { kind: 'host-path', source: written });
  for (const name of ['checkpoint-dir', 'dir']) {
    const source = query.get(name)?.[0] ?? '';
    if (source !== '') asking.add(`?${name}`, { kind: 'host-path', source });
  }
  return { asks: asking.asks, stacks: [] };
}
