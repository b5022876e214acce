import { readMounts, readBinds, readOptions } from './read-mount.ts';
import { readNamespaces, readNetworkMode } from './read-namespaces.ts';
import { readPortBindings } from './read-ports.ts';
import {
  boolOf,
  entriesOf,
  field,
  isGiven,
  itemsOf,
  numberOf,
  textOf,
  textsOf,
  type Asking,
  type Field,
} from './read-field.ts';
import { readSecurityOptions, type NoNewPrivileges } from './read-security-option.ts';
import { capabilityName } from './capability-name.ts';

/** All that a HostConfig asks for (moby, api/types/container/hostconfig.go, 20.10 to 28.5). */
export function readHostConfig(host: Field, asking: Asking): NoNewPrivileges {
  const privileged = field(host, 'Privileged');
  if (boolOf(privileged, asking)) asking.add(privileged, { kind: 'privileged' });
  for (const { text, at } of textsOf(field(host, 'CapAdd'), asking))
    asking.add(at, { kind: 'capability', name: capabilityName(text) });
  readNamespaces(host, asking);
  const mode = field(host, 'NetworkMode');
  readNetworkMode(textOf(mode, asking), mode, asking);
  readStorage(host, asking);
  readDevices(host, asking);
  readKernel(host, asking);
  readPortBindings(host, asking);
  readDaemonSide(host, asking);
  return readSecurityOptions(host, asking);
}

function readStorage(host: Field, asking: Asking): void {
  const driver = field(host, 'VolumeDriver');
  const name = textOf(driver, asking);
  if (name !== '' && name !== 'local') asking.add(driver, { kind: 'volume-driver', driver: name });
  readBinds(field(host, 'Binds'), name, asking);
  readMounts(field(host, 'Mounts'), asking);
  for (const item of itemsOf(field(host, 'VolumesFrom'), asking))
    asking.add(item, { kind: 'volumes-from', container: textOf(item, asking).split(':')[0] ?? '' });
  readOptions(field(host, 'Tmpfs'), asking);
}

function readDevices(host: Field, asking: Asking): void {
  for (const item of itemsOf(field(host, 'Devices'), asking))
    asking.add(item, { kind: 'device', device: textOf(field(item, 'PathOnHost'), asking) });
  for (const item of itemsOf(field(host, 'DeviceCgroupRules'), asking))
    asking.add(item, { kind: 'device', device: textOf(item, asking) });
  for (const item of itemsOf(field(host, 'DeviceRequests'), asking))
    asking.add(item, {
      kind: 'device',
      device: textOf(field(item, 'Driver'), asking) || 'of any driver',
    });
}

function readKernel(host: Field, asking: Asking): void {
  for (const [name, value] of entriesOf(field(host, 'Sysctls'), asking))
    asking.add(value, { kind: 'sysctl', name });
  // An empty list is what `systempaths=unconfined` sends: it takes the place of the engine's own.
  for (const name of ['MaskedPaths', 'ReadonlyPaths']) {
    const at = field(host, name);
    if (isGiven(at)) asking.add(at, { kind: 'unmasked-path' });
  }
  const parent = field(host, 'CgroupParent');
  if (textOf(parent, asking) !== '')
    asking.add(parent, { kind: 'cgroup-parent', parent: textOf(parent, asking) });
  const killable = field(host, 'OomKillDisable');
  if (boolOf(killable, asking)) asking.add(killable, { kind: 'oom', what: 'never to be killed' });
  const score = field(host, 'OomScoreAdj');
  if (numberOf(score, asking) < 0) asking.add(score, { kind: 'oom', what: 'to be killed after others' });
}

/** What dockerd or the runtime does for the container, outside of it. */
function readDaemonSide(host: Field, asking: Asking): void {
  const runtime = field(host, 'Runtime');
  const name = textOf(runtime, asking);
  if (name !== '') asking.add(runtime, { kind: 'runtime', name });
  for (const [annotation, value] of entriesOf(field(host, 'Annotations'), asking))
    asking.add(value, { kind: 'annotation', name: annotation });
  readLogDriver(field(host, 'LogConfig', 'Type'), asking);
  for (const item of itemsOf(field(host, 'Dns'), asking))
    asking.add(item, { kind: 'dns-server', server: textOf(item, asking) });
}

export function readLogDriver(at: Field, asking: Asking): void {
  const driver = textOf(at, asking);
  if (driver !== '') asking.add(at, { kind: 'log-driver', driver });
}
