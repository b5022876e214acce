import {
  API,
  container,
  creating,
  deploying,
  PINNED,
  SELECTED,
  service,
  STRICT,
  STRICT_STACK,
  type Way,
} from './way.ts';

/** Through `services/create` and `update`: what Swarm then starts, no plugin is asked about. */
export const SERVICE_WAYS: readonly Way[] = [
  deploying(
    'service with a capability',
    'admission/capabilities',
    service({ CapabilityAdd: ['CAP_SYS_ADMIN'] }),
  ),
  deploying(
    'service with a host path',
    'admission/host-paths',
    service({ Mounts: [{ Type: 'bind', Source: '/etc', Target: '/host' }] }),
  ),
  deploying(
    'service with a host path, its type in capitals',
    'admission/host-paths',
    service({ Mounts: [{ Type: 'BIND', Source: '/etc', Target: '/host' }] }),
  ),
  deploying(
    'service with a host path, without a type',
    'admission/host-paths',
    service({ Mounts: [{ Source: '/etc', Target: '/host' }] }),
  ),
  deploying(
    "service with Docker's socket",
    'admission/docker-socket',
    service({ Mounts: [{ Type: 'bind', Source: '/run/docker.sock', Target: '/s' }] }),
  ),
  deploying(
    'service with a host path by options of a volume',
    'admission/host-paths',
    service({
      Mounts: [
        {
          Type: 'volume',
          Source: 'x',
          Target: '/v',
          VolumeOptions: {
            DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/etc' } },
          },
        },
      ],
    }),
  ),
  deploying('service with a sysctl', 'admission/sysctls', service({ Sysctls: { 'kernel.msgmax': '65536' } })),
  {
    ...deploying(
      'service without seccomp',
      'admission/seccomp',
      service({ Privileges: { Seccomp: { Mode: 'unconfined' } } }),
    ),
    uri: '/services/create',
  },
  {
    ...deploying(
      'service without AppArmor',
      'admission/apparmor',
      service({ Privileges: { AppArmor: { Mode: 'disabled' } } }),
    ),
    uri: '/services/create',
  },
  deploying(
    'service without SELinux',
    'admission/selinux',
    service({ Privileges: { SELinuxContext: { Disable: true } } }),
  ),
  deploying(
    'service on the network of the host',
    'admission/host-namespaces',
    service({}, { Networks: [{ Target: 'host' }] }),
  ),
  deploying(
    'service on the network of the host, by the older field',
    'admission/host-namespaces',
    service({}, {}, { Networks: [{ Target: 'host' }] }),
  ),
  deploying(
    'service with a port of the node',
    'admission/host-ports',
    service(
      {},
      {},
      { EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' }] } },
    ),
  ),
  deploying(
    'service with a port of the node, in capitals',
    'admission/host-ports',
    service(
      {},
      {},
      { EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 8080, PublishMode: 'HOST' }] } },
    ),
  ),
  deploying(
    'service with logs that dockerd sends away',
    'admission/log-driver',
    service({}, { LogDriver: { Name: 'gelf', Options: { 'gelf-address': 'udp://10.9.9.9:1' } } }),
  ),
  deploying('service that installs a plugin', 'admission/task-runtime', {
    TaskTemplate: { Runtime: 'plugin', PluginSpec: { name: 'x', remote: 'localhost:1/x' } },
    Mode: { Global: {} },
  }),
  deploying(
    'service that attaches a container to a network',
    'admission/task-runtime',
    service({}, { NetworkAttachmentSpec: { ContainerID: 'app' } }),
  ),
  {
    name: 'update of a harmless service',
    uri: `${API}/services/harmless/update?version=VERSION_harmless`,
    body: service({ CapabilityAdd: ['NET_ADMIN'] }, {}, { Name: 'harmless' }),
    refusedBy: 'admission/capabilities',
  },
  {
    name: 'rollback to what was allowed once',
    uri: `${API}/services/rolled/update?version=VERSION_rolled&rollback=previous`,
    body: service({}, {}, { Name: 'rolled' }),
    refusedBy: 'admission/capabilities',
  },
];

const STRICT_HOST = { CapDrop: ['ALL'], ReadonlyRootfs: true, SecurityOpt: ['no-new-privileges'] };
const strict = (name: string, refusedBy: string, host: object, config: object = {}): Way =>
  creating(name, refusedBy, container({ ...STRICT_HOST, ...host }, { User: '1000', ...STRICT, ...config }));

/** Where the level is restricted: what is promised, and not kept. */
export const RESTRICTED_WAYS: readonly Way[] = [
  strict('root by leaving the user out', 'admission/run-as-root', {}, { User: '' }),
  strict('root by another name', 'admission/run-as-root', {}, { User: 'toor' }),
  strict('root as 00', 'admission/run-as-root', {}, { User: '00:0' }),
  strict('root as +0', 'admission/run-as-root', {}, { User: '+0' }),
  strict('NET_RAW kept', 'admission/net-raw', { CapDrop: ['CHOWN'] }),
  strict('capability added back', 'admission/added-capabilities', { CapAdd: ['DAC_OVERRIDE'] }),
  strict('root file system writable', 'admission/read-only-root', { ReadonlyRootfs: false }),
  strict('setuid left on', 'admission/no-new-privileges', { SecurityOpt: [] }),
  strict('DNS past the policy', 'admission/dns-servers', { Dns: ['10.9.9.9'] }),
  strict('never the one to be killed', 'admission/oom', { OomScoreAdj: -999 }),
  {
    ...deploying(
      'promises that an old API version takes out',
      'admission/drop-capabilities',
      service(
        { User: '1000', ReadOnly: true, CapabilityDrop: ['ALL'], Privileges: { NoNewPrivileges: true } },
        {},
        STRICT_STACK,
      ),
    ),
    uri: '/v1.40/services/create',
  },
  {
    name: 'root in an exec',
    uri: `${API}/containers/strict/exec`,
    body: { User: '0:0', Cmd: ['id'] },
    refusedBy: 'admission/run-as-root',
  },
];

const pinned = (name: string, refusedBy: string, Image: string): Way =>
  creating(name, refusedBy, container({ Memory: 64e6 }, { Image, ...PINNED }));

/** Where images and limits are asked for. */
export const SETTING_WAYS: readonly Way[] = [
  pinned('image of another registry', 'admission/image-registry', 'evil.example.com/swarmwall/demo:1'),
  pinned(
    'image of a registry that begins alike',
    'admission/image-registry',
    'docker.io.evil.example.com/swarmwall/demo:1',
  ),
  pinned('image by the beginning of its id', 'admission/image-registry', 'abcdef'),
  pinned('image latest', 'admission/image-pinned', 'swarmwall/demo:latest'),
  pinned('image without a tag', 'admission/image-pinned', 'swarmwall/demo'),
  creating('no memory limit', 'admission/memory-limit', container({}, PINNED)),
  {
    name: 'memory limit lifted afterwards',
    uri: `${API}/containers/pinned/update`,
    body: { Memory: -1, MemorySwap: -1 },
    refusedBy: 'admission/memory-limit',
  },
  creating('workload that no policy selects', 'admission/network-policy', container({}, SELECTED)),
  creating(
    'network that is not encrypted',
    'admission/encrypted-network',
    container({ NetworkMode: 'open' }, SELECTED),
  ),
  {
    name: 'network joined afterwards, without a policy',
    uri: `${API}/networks/open/connect`,
    body: { Container: 'apart' },
    refusedBy: 'admission/network-policy',
  },
];
