import { list, struct, TEXT_MAP, withFields, word } from './shape-words.ts';
import { DRIVER, EMPTY, ENDPOINT } from './workload-shapes.ts';

export const NETWORK_CREATE = struct(
  {
    string: 'Name Driver Scope',
    bool: 'CheckDuplicate EnableIPv4 EnableIPv6 Internal Attachable Ingress ConfigOnly',
    textMap: 'Options Labels',
  },
  {
    IPAM: struct(
      { string: 'Driver', textMap: 'Options' },
      {
        Config: list(struct({ string: 'Subnet IPRange Gateway' }, { AuxiliaryAddresses: TEXT_MAP })),
      },
    ),
    ConfigFrom: struct({ string: 'Network' }),
  },
);

export const NETWORK_CONNECT = struct({ string: 'Container' }, { EndpointConfig: ENDPOINT });
export const NETWORK_DISCONNECT = struct({ string: 'Container', bool: 'Force' });

const TOPOLOGIES = list(struct({ textMap: 'Segments' }));
const CLUSTER_VOLUME_SPEC = struct(
  { string: 'Group Availability' },
  {
    AccessMode: struct(
      { string: 'Scope Sharing' },
      { MountVolume: struct({ string: 'FsType', texts: 'MountFlags' }), BlockVolume: EMPTY },
    ),
    AccessibilityRequirements: struct({}, { Requisite: TOPOLOGIES, Preferred: TOPOLOGIES }),
    CapacityRange: struct({ int: 'RequiredBytes LimitBytes' }),
    Secrets: list(struct({ string: 'Key Secret' })),
  },
);

export const VOLUME_CREATE = struct(
  { string: 'Name Driver', textMap: 'DriverOpts Labels' },
  { ClusterVolumeSpec: CLUSTER_VOLUME_SPEC },
);
export const VOLUME_UPDATE = struct({}, { Spec: CLUSTER_VOLUME_SPEC });

export const PLUGIN_PRIVILEGES = list(struct({ string: 'Name Description', texts: 'Value' }));

const ANNOTATIONS = struct({ string: 'Name', textMap: 'Labels' });

export const SWARM_SPEC = withFields(
  struct(
    {},
    {
      Orchestration: struct({ int: 'TaskHistoryRetentionLimit' }),
      Raft: struct({
        uint: 'SnapshotInterval KeepOldSnapshots LogEntriesForSlowFollowers',
        int: 'ElectionTick HeartbeatTick',
      }),
      Dispatcher: struct({ int: 'HeartbeatPeriod' }),
      CAConfig: struct(
        { int: 'NodeCertExpiry', string: 'SigningCACert SigningCAKey', uint: 'ForceRotate' },
        { ExternalCAs: list(struct({ string: 'Protocol URL CACert', textMap: 'Options' })) },
      ),
      TaskDefaults: struct({}, { LogDriver: DRIVER }),
      EncryptionConfig: struct({ bool: 'AutoLockManagers' }),
    },
  ),
  ANNOTATIONS,
);

export const SWARM_INIT = struct(
  {
    string: 'ListenAddr AdvertiseAddr DataPathAddr Availability',
    bool: 'ForceNewCluster AutoLockManagers',
    uint32: 'DataPathPort SubnetSize',
    texts: 'DefaultAddrPool',
  },
  { Spec: SWARM_SPEC },
);

export const SWARM_JOIN = struct({
  string: 'ListenAddr AdvertiseAddr DataPathAddr JoinToken Availability',
  texts: 'RemoteAddrs',
});

export const SWARM_UNLOCK = struct({ string: 'UnlockKey' });
export const NODE_SPEC = withFields(
  struct({}, { Role: word('worker manager'), Availability: word('active pause drain') }),
  ANNOTATIONS,
);
export const CONFIG_SPEC = withFields(struct({ string: 'Data' }, { Templating: DRIVER }), ANNOTATIONS);
export const SECRET_SPEC = withFields(struct({}, { Driver: DRIVER }), CONFIG_SPEC);
