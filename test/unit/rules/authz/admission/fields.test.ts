import assert from 'node:assert/strict';
import type { JsonObject } from '../../../../../rules/authz/api-request.ts';
import { readWish } from '../../../../../rules/authz/admission/read-wish.ts';
import { BODY_SHAPES } from '../../../../../rules/authz/decode/shapes/body-shapes.ts';
import type { Shape } from '../../../../../rules/authz/decode/shapes/shape.ts';
import { apiRequest } from '../api-request.ts';

/**
 * Of all that the API knows, what admission does not look at: it gives nothing of the host or of others away, or the
 * engine only takes it from an answer of its own. A field that is new in `decode/shapes` must be judged or stand here.
 */
const CONTAINER = [
  ...['Hostname', 'Domainname', 'Env', 'Cmd', 'Entrypoint', 'Shell', 'WorkingDir', 'OnBuild', 'MacAddress'],
  ...['AttachStdin', 'AttachStdout', 'AttachStderr', 'Tty', 'OpenStdin', 'StdinOnce', 'ArgsEscaped'],
  ...['StopSignal', 'StopTimeout', 'ExposedPorts', 'Healthcheck'],
];
const ENDPOINT = [
  ...['NetworkID', 'EndpointID', 'Gateway', 'IPAddress', 'IPv6Gateway', 'GlobalIPv6Address', 'MacAddress'],
  ...['Links', 'Aliases', 'DNSNames', 'IPPrefixLen', 'GlobalIPv6PrefixLen', 'GwPriority'],
  ...['IPAMConfig.IPv4Address', 'IPAMConfig.IPv6Address'],
];
const RESOURCES = [
  ...['CpuShares', 'CpuPeriod', 'CpuRealtimePeriod', 'CpuRealtimeRuntime', 'CpusetCpus', 'CpusetMems'],
  ...['CpuCount', 'CpuPercent', 'DiskQuota', 'IOMaximumIOps', 'IOMaximumBandwidth', 'KernelMemory'],
  ...['KernelMemoryTCP', 'MemoryReservation', 'MemorySwappiness', 'Ulimits', 'RestartPolicy'],
  ...['BlkioWeight', 'BlkioWeightDevice', 'BlkioDeviceReadBps', 'BlkioDeviceWriteBps'],
  ...['BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps'],
];
/** What is said of a device is said by what is read of it. */
const DEVICES = [
  ...['Devices[].PathInContainer', 'Devices[].CgroupPermissions'],
  ...['DeviceRequests[].Count', 'DeviceRequests[].DeviceIDs', 'DeviceRequests[].Capabilities'],
  'DeviceRequests[].Options',
];
const MOUNT = [
  ...['Target', 'Consistency', 'ReadOnly', 'TmpfsOptions', 'ImageOptions', 'ClusterOptions'],
  ...[
    'BindOptions.CreateMountpoint',
    'BindOptions.ReadOnlyNonRecursive',
    'BindOptions.ReadOnlyForceRecursive',
  ],
  ...['VolumeOptions.NoCopy', 'VolumeOptions.Labels', 'VolumeOptions.Subpath'],
];
const HOST = [
  ...[
    'ContainerIDFile',
    'AutoRemove',
    'Isolation',
    'InitPath',
    'Init',
    'ShmSize',
    'StorageOpt',
    'ConsoleSize',
  ],
  ...[
    'DnsOptions',
    'DnsSearch',
    'ExtraHosts',
    'GroupAdd',
    'Links',
    'LogConfig.Config',
    'PortBindings.*[].HostIp',
  ],
  // Engines before those that are served had it; these read it no more.
  'Capabilities',
  ...RESOURCES,
  ...DEVICES,
  ...MOUNT.map((name) => `Mounts[].${name}`),
];
/** Only HostConfig makes them. */
const PROMISES = ['ReadonlyRootfs', 'CapDrop', 'Memory', 'MemorySwap', 'NanoCpus', 'CpuQuota', 'PidsLimit'];
/** A structure that is refused if it is there at all. */
const CLUSTER_VOLUME = [
  'AccessMode',
  'AccessibilityRequirements',
  'Availability',
  'CapacityRange',
  'Group',
  'Secrets',
];
const PLUGIN = ['Name', 'Remote', 'Disabled', 'Env', 'Privileges'];
const of = (place: string, names: readonly string[]) => names.map((name) => `${place}.${name}`);

const NOT_JUDGED: Readonly<Record<string, readonly string[]>> = {
  ContainerCreate: [
    ...CONTAINER,
    // At the body's top no engine takes them without a HostConfig, and the decoder refuses them there.
    ...HOST,
    'Cpuset',
    ...PROMISES,
    ...of('HostConfig', [...HOST, 'MemorySwap']),
    // Either will do.
    'HostConfig.CpuQuota',
    ...of('NetworkingConfig.EndpointsConfig.*', ENDPOINT),
  ],
  ContainerUpdate: [...RESOURCES, ...DEVICES],
  ContainerExec: [
    ...['DetachKeys', 'WorkingDir', 'Tty', 'AttachStdin', 'AttachStderr', 'AttachStdout', 'Detach', 'Env'],
    ...['Cmd', 'ConsoleSize'],
  ],
  NetworkConnect: ['Container', ...of('EndpointConfig', ENDPOINT)],
  NetworkCreate: [
    ...[
      'Name',
      'Scope',
      'CheckDuplicate',
      'EnableIPv4',
      'EnableIPv6',
      'Internal',
      'Attachable',
      'ConfigOnly',
    ],
    ...['ConfigFrom', 'IPAM.Config', 'IPAM.Options'],
  ],
  VolumeCreate: of('ClusterVolumeSpec', CLUSTER_VOLUME),
  ServiceCreate: [
    ...['Name', 'Mode', 'UpdateConfig', 'RollbackConfig', 'EndpointSpec.Mode'],
    ...['Name', 'Protocol', 'TargetPort'].map((name) => `EndpointSpec.Ports[].${name}`),
    ...['Networks[].Aliases', 'TaskTemplate.Networks[].Aliases', 'TaskTemplate.LogDriver.Options'],
    ...of('TaskTemplate', ['ForceUpdate', 'RestartPolicy', 'Placement', 'Resources.Reservations']),
    ...of('TaskTemplate', ['Resources.SwapBytes', 'Resources.MemorySwappiness']),
    ...of('TaskTemplate.Resources.Limits', ['GenericResources']),
    ...of('TaskTemplate.PluginSpec', PLUGIN),
    'TaskTemplate.NetworkAttachmentSpec.ContainerID',
    ...of('TaskTemplate.ContainerSpec', [
      ...[
        'Command',
        'Args',
        'Hostname',
        'Env',
        'Dir',
        'Groups',
        'Init',
        'StopSignal',
        'StopGracePeriod',
        'TTY',
      ],
      ...['OpenStdin', 'Hosts', 'Isolation', 'Healthcheck', 'Ulimits', 'Secrets', 'Configs'],
      ...['DNSConfig.Search', 'DNSConfig.Options', 'Privileges.CredentialSpec'],
      ...MOUNT.map((name) => `Mounts[].${name}`),
    ]),
  ],
};

/** A value in which every field is given. */
function full(shape: Shape, path: string, read: Set<string>): unknown {
  switch (shape.kind) {
    case 'struct': {
      const fields = [...shape.fields.values()].map(({ name, shape: inner }) => {
        const place = path === '' ? name : `${path}.${name}`;
        return [name, full(inner, place, read)] as const;
      });
      return watched(Object.fromEntries(fields), (key) => (path === '' ? key : `${path}.${key}`), read);
    }
    case 'map':
      return watched({ '*': full(shape.of, `${path}.*`, read) }, () => path, read);
    case 'list':
      return [full(shape.of, `${path}[]`, read)];
    case 'bool':
      return true;
    case 'int':
    case 'float':
      return 1;
    case 'word':
      // A mount that is a volume has the most to say.
      return shape.words.find((word) => word === 'volume') ?? shape.words[0];
    case 'string':
      return path.endsWith('Mounts[].Type') ? 'volume' : 'x';
    case 'strings':
      return ['x'];
    case 'any':
      return 'x';
  }
}

function watched(value: object, place: (key: string) => string, read: Set<string>): object {
  return new Proxy(value, {
    get: (of, key) => {
      if (typeof key === 'string' && Object.hasOwn(of, key)) read.add(place(key));
      return Reflect.get(of, key) as unknown;
    },
  });
}

/** Every field, and every structure whole. */
function places(shape: Shape, path = ''): string[] {
  if (shape.kind === 'map') return places(shape.of, `${path}.*`);
  if (shape.kind === 'list') return places(shape.of, `${path}[]`);
  if (shape.kind !== 'struct') return [];
  return [...shape.fields.values()].flatMap(({ name, shape: inner }) => {
    const place = path === '' ? name : `${path}.${name}`;
    return [place, ...places(inner, place)];
  });
}

describe('every field of a body', () => {
  for (const [id, expected] of Object.entries(NOT_JUDGED))
    it(`of ${id} is judged, or known to say nothing`, () => {
      const shape = BODY_SHAPES.get(id)!;
      const read = new Set<string>();
      const body = full(shape, '', read) as JsonObject;
      readWish(apiRequest(id, { body, name: 'x' }));
      const unread = places(shape).filter((place) => !read.has(place));
      // A structure that nobody opens stands for all that is in it.
      const whole = unread.filter(
        (place) => !unread.some((other) => place.startsWith(`${other}.`) || place.startsWith(`${other}[]`)),
      );
      assert.deepEqual(whole.sort(), [...expected].sort());
    });
});
