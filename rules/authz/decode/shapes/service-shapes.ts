import { list, struct, word } from './shape-words.ts';
import { DRIVER, EMPTY, HEALTHCHECK, SERVICE_MOUNT, ULIMITS } from './workload-shapes.ts';

const FILE = struct({ string: 'Name UID GID', uint32: 'Mode' });

const CONTAINER_SPEC = struct(
  {
    string: 'Image Hostname Dir User StopSignal Isolation',
    texts: 'Command Args Env Groups Hosts CapabilityAdd CapabilityDrop',
    bool: 'TTY OpenStdin ReadOnly Init',
    int: 'StopGracePeriod OomScoreAdj',
    textMap: 'Labels Sysctls',
  },
  {
    Mounts: list(SERVICE_MOUNT),
    Healthcheck: HEALTHCHECK,
    DNSConfig: struct({ texts: 'Nameservers Search Options' }),
    Secrets: list(struct({ string: 'SecretID SecretName' }, { File: FILE })),
    Configs: list(struct({ string: 'ConfigID ConfigName' }, { File: FILE, Runtime: EMPTY })),
    Privileges: struct(
      { bool: 'NoNewPrivileges' },
      {
        CredentialSpec: struct({ string: 'File Registry Config' }),
        SELinuxContext: struct({ bool: 'Disable', string: 'User Role Type Level' }),
        Seccomp: struct({ string: 'Mode Profile' }),
        AppArmor: struct({ string: 'Mode' }),
      },
    ),
    Ulimits: ULIMITS,
  },
);

/** Of a plugin that runs as a service. */
const PLUGIN_SPEC = struct(
  { string: 'Name Remote', bool: 'Disabled', texts: 'Env' },
  { Privileges: list(struct({ string: 'Name Description', texts: 'Value' })) },
);

const GENERIC_RESOURCES = list(
  struct(
    {},
    {
      NamedResourceSpec: struct({ string: 'Kind Value' }),
      DiscreteResourceSpec: struct({ string: 'Kind', int: 'Value' }),
    },
  ),
);
const AMOUNTS = struct({ int: 'NanoCPUs MemoryBytes Pids' }, { GenericResources: GENERIC_RESOURCES });

const NETWORKS = list(struct({ string: 'Target', texts: 'Aliases', textMap: 'DriverOpts' }));

const TASK_TEMPLATE = struct(
  { uint: 'ForceUpdate', string: 'Runtime' },
  {
    ContainerSpec: CONTAINER_SPEC,
    PluginSpec: PLUGIN_SPEC,
    NetworkAttachmentSpec: struct({ string: 'ContainerID' }),
    Resources: struct({ int: 'SwapBytes MemorySwappiness' }, { Limits: AMOUNTS, Reservations: AMOUNTS }),
    RestartPolicy: struct({ string: 'Condition', int: 'Delay Window', uint: 'MaxAttempts' }),
    Placement: struct(
      { texts: 'Constraints', uint: 'MaxReplicas' },
      {
        Preferences: list(struct({}, { Spread: struct({ string: 'SpreadDescriptor' }) })),
        Platforms: list(struct({ string: 'Architecture OS' })),
      },
    ),
    Networks: NETWORKS,
    LogDriver: DRIVER,
  },
);

const UPDATE_CONFIG = struct({
  uint: 'Parallelism',
  int: 'Delay Monitor',
  string: 'FailureAction Order',
  float: 'MaxFailureRatio',
});

export const SERVICE_SPEC = struct(
  { string: 'Name', textMap: 'Labels' },
  {
    TaskTemplate: TASK_TEMPLATE,
    Mode: struct(
      {},
      {
        Replicated: struct({ uint: 'Replicas' }),
        Global: EMPTY,
        ReplicatedJob: struct({ uint: 'MaxConcurrent TotalCompletions' }),
        GlobalJob: EMPTY,
      },
    ),
    UpdateConfig: UPDATE_CONFIG,
    RollbackConfig: UPDATE_CONFIG,
    Networks: NETWORKS,
    EndpointSpec: struct(
      {},
      {
        Mode: word('vip dnsrr'),
        Ports: list(
          struct(
            { string: 'Name', uint32: 'TargetPort PublishedPort' },
            { Protocol: word('tcp udp sctp'), PublishMode: word('ingress host') },
          ),
        ),
      },
    ),
  },
);
