import { list, map, outdated, struct, TEXTS, UINT, withFields } from './shape-words.ts';
import { EMPTY, ENDPOINT, HEALTHCHECK, CONTAINER_MOUNT, ULIMITS } from './workload-shapes.ts';

const WEIGHTS = list(struct({ string: 'Path', uint16: 'Weight' }));
const RATES = list(struct({ string: 'Path', uint: 'Rate' }));

const RESOURCES = struct(
  {
    int:
      'CpuShares Memory NanoCpus CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime DiskQuota KernelMemory ' +
      'KernelMemoryTCP MemoryReservation MemorySwap MemorySwappiness PidsLimit CpuCount CpuPercent',
    uint16: 'BlkioWeight',
    uint: 'IOMaximumIOps IOMaximumBandwidth',
    string: 'CgroupParent CpusetCpus CpusetMems',
    bool: 'OomKillDisable',
    texts: 'DeviceCgroupRules',
  },
  {
    BlkioWeightDevice: WEIGHTS,
    BlkioDeviceReadBps: RATES,
    BlkioDeviceWriteBps: RATES,
    BlkioDeviceReadIOps: RATES,
    BlkioDeviceWriteIOps: RATES,
    Devices: list(struct({ string: 'PathOnHost PathInContainer CgroupPermissions' })),
    DeviceRequests: list(
      struct(
        { string: 'Driver', int: 'Count', texts: 'DeviceIDs', textMap: 'Options' },
        { Capabilities: list(TEXTS) },
      ),
    ),
    Ulimits: ULIMITS,
  },
);

const RESTART_POLICY = struct({ string: 'Name', int: 'MaximumRetryCount' });

const HOST_CONFIG = withFields(
  struct(
    {
      string:
        'ContainerIDFile NetworkMode VolumeDriver IpcMode Cgroup PidMode UTSMode UsernsMode Runtime Isolation InitPath ' +
        'CgroupnsMode',
      bool: 'AutoRemove Privileged PublishAllPorts ReadonlyRootfs Init',
      int: 'OomScoreAdj ShmSize',
      texts:
        'Binds VolumesFrom Dns DnsOptions DnsSearch ExtraHosts GroupAdd Links SecurityOpt Capabilities MaskedPaths ' +
        'ReadonlyPaths',
      strings: 'CapAdd CapDrop',
      textMap: 'StorageOpt Tmpfs Sysctls Annotations',
    },
    {
      LogConfig: struct({ string: 'Type', textMap: 'Config' }),
      PortBindings: map(list(struct({ string: 'HostIp HostPort' }))),
      RestartPolicy: RESTART_POLICY,
      ConsoleSize: list(UINT),
      Mounts: list(CONTAINER_MOUNT),
    },
  ),
  RESOURCES,
);

const CONFIG = struct(
  {
    string: 'Hostname Domainname User Image WorkingDir MacAddress StopSignal',
    bool: 'AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce ArgsEscaped NetworkDisabled',
    texts: 'Env OnBuild',
    strings: 'Cmd Entrypoint Shell',
    textMap: 'Labels',
    int: 'StopTimeout',
  },
  { ExposedPorts: map(EMPTY), Volumes: map(EMPTY), Healthcheck: HEALTHCHECK },
);

/**
 * Engines up to 26 embed the host's settings in the container's: `{"Privileged": true}` beside no `HostConfig` counts
 * there (moby: `runconfig.ContainerConfigWrapper`).
 */
export const CONTAINER_CREATE = withFields(
  struct({}, { HostConfig: HOST_CONFIG, NetworkingConfig: struct({}, { EndpointsConfig: map(ENDPOINT) }) }),
  withFields(CONFIG, outdated(withFields(struct({ string: 'Cpuset' }), HOST_CONFIG))),
);

export const CONTAINER_UPDATE = withFields(struct({}, { RestartPolicy: RESTART_POLICY }), RESOURCES);

export const CONTAINER_EXEC = struct(
  {
    string: 'User DetachKeys WorkingDir',
    bool: 'Privileged Tty AttachStdin AttachStderr AttachStdout Detach',
    texts: 'Env Cmd',
  },
  { ConsoleSize: list(UINT) },
);

export const EXEC_START = struct({ bool: 'Detach Tty' }, { ConsoleSize: list(UINT) });
export const CHECKPOINT_CREATE = struct({ string: 'CheckpointID CheckpointDir', bool: 'Exit' });
export const CONTAINER_COPY = struct({ string: 'Resource' });
