import { container, creating, type Way } from './way.ts';

const VOLUME_OPTIONS = (options: object, driver = 'local') => ({
  Mounts: [
    { Type: 'volume', Target: '/v', VolumeOptions: { DriverConfig: { Name: driver, Options: options } } },
  ],
});

/** Through `containers/create`, in well-formed bodies. */
export const CONTAINER_WAYS: readonly Way[] = [
  creating('privileged container', 'admission/privileged', container({ Privileged: true })),
  creating('capability by its full name', 'admission/capabilities', container({ CapAdd: ['CAP_NET_ADMIN'] })),
  creating('capability without CAP_', 'admission/capabilities', container({ CapAdd: ['NET_RAW'] })),
  creating('capability in small letters', 'admission/capabilities', container({ CapAdd: ['sys_admin'] })),
  creating('capability as a text, not a list', 'admission/capabilities', container({ CapAdd: 'SYS_PTRACE' })),
  creating(
    'all capabilities, all dropped',
    'admission/capabilities',
    container({ CapAdd: ['ALL'], CapDrop: ['ALL'] }),
  ),
  creating('network of the host', 'admission/host-namespaces', container({ NetworkMode: 'host' })),
  creating(
    'network of the host, as an endpoint',
    'admission/host-namespaces',
    container({}, { NetworkingConfig: { EndpointsConfig: { host: {} } } }),
  ),
  creating('processes of the host', 'admission/host-namespaces', container({ PidMode: 'host' })),
  creating('IPC of the host', 'admission/host-namespaces', container({ IpcMode: 'host' })),
  creating('host name of the host', 'admission/host-namespaces', container({ UTSMode: 'host' })),
  creating('users of the host', 'admission/host-namespaces', container({ UsernsMode: 'host' })),
  creating('cgroups of the host', 'admission/host-namespaces', container({ CgroupnsMode: 'host' })),
  creating(
    'network of another container',
    'admission/shared-namespaces',
    container({ NetworkMode: 'container:app' }),
  ),
  creating(
    'processes of another container',
    'admission/shared-namespaces',
    container({ PidMode: 'container:app' }),
  ),
  creating(
    'IPC of another container',
    'admission/shared-namespaces',
    container({ IpcMode: 'container:app' }),
  ),
  creating('host path in Binds', 'admission/host-paths', container({ Binds: ['/etc:/host:ro'] })),
  creating(
    'host path in Mounts',
    'admission/host-paths',
    container({ Mounts: [{ Type: 'bind', Source: '/etc', Target: '/host' }] }),
  ),
  creating(
    "Docker's socket in Binds",
    'admission/docker-socket',
    container({ Binds: ['/var/run/docker.sock:/s'] }),
  ),
  creating(
    "Docker's socket through the folder above it",
    'admission/docker-socket',
    container({ Mounts: [{ Type: 'bind', Source: '/var/../run/', Target: '/host' }] }),
  ),
  creating('the whole host', 'admission/docker-socket', container({ Binds: ['//:/host'] })),
  creating(
    'mounts that pass to the host',
    'admission/mount-propagation',
    container({
      Mounts: [{ Type: 'bind', Source: '/mnt', Target: '/m', BindOptions: { Propagation: 'rshared' } }],
    }),
  ),
  creating(
    'mounts that pass to the host, in Binds',
    'admission/mount-propagation',
    container({ Binds: ['/mnt:/m:rshared'] }),
  ),
  creating(
    'host path by options of a volume',
    'admission/host-paths',
    container(VOLUME_OPTIONS({ type: 'none', o: 'bind', device: '/etc' })),
  ),
  creating(
    'host path by options of a tmpfs',
    'admission/host-paths',
    container(VOLUME_OPTIONS({ type: 'tmpfs', o: 'rbind', device: '/etc' })),
  ),
  creating(
    'disk of the host by options of a volume',
    'admission/volume-drivers',
    container(VOLUME_OPTIONS({ type: 'ext4', device: '/dev/sda1' })),
  ),
  {
    ...creating(
      'volume of another driver',
      'admission/volume-drivers',
      container(VOLUME_OPTIONS({ mountpoint: '/etc' }, 'local-persist')),
    ),
    slow: true,
  },
  {
    ...creating(
      'volume driver of a container',
      'admission/volume-drivers',
      container({ VolumeDriver: 'local-persist', Binds: ['x:/x'] }),
    ),
    slow: true,
  },
  creating('volume that is a host path, in Binds', 'admission/host-paths', container({ Binds: ['trap:/v'] })),
  creating(
    'volume that is a host path, in Mounts',
    'admission/host-paths',
    container({ Mounts: [{ Type: 'volume', Source: 'trap', Target: '/v' }] }),
  ),
  creating('volumes of another container', 'admission/volumes-from', container({ VolumesFrom: ['root:ro'] })),
  creating(
    'device',
    'admission/devices',
    container({
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }],
    }),
  ),
  creating('device by a cgroup rule', 'admission/devices', container({ DeviceCgroupRules: ['b *:* rwm'] })),
  creating(
    'device by a driver',
    'admission/devices',
    container({ DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] }),
  ),
  creating('sysctl', 'admission/sysctls', container({ Sysctls: { 'net.ipv4.ip_forward': '1' } })),
  creating(
    'sysctl with slashes',
    'admission/sysctls',
    container({ Sysctls: { 'net/ipv4/conf/all/route_localnet': '1' } }),
  ),
  creating(
    'sysctl of an endpoint',
    'admission/sysctls',
    container(
      {},
      {
        NetworkingConfig: {
          EndpointsConfig: {
            bridge: {
              DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv6.conf.IFNAME.disable_ipv6=0' },
            },
          },
        },
      },
    ),
  ),
  creating(
    'addresses that no manager knows of',
    'admission/network-options',
    container(
      { NetworkMode: 'open' },
      { NetworkingConfig: { EndpointsConfig: { open: { IPAMConfig: { LinkLocalIPs: ['169.254.9.9'] } } } } },
    ),
  ),
  creating('seccomp off', 'admission/seccomp', container({ SecurityOpt: ['seccomp=unconfined'] })),
  creating(
    'seccomp off, with a colon',
    'admission/seccomp',
    container({ SecurityOpt: ['seccomp:unconfined'] }),
  ),
  creating(
    'seccomp profile that allows all',
    'admission/seccomp',
    container({ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }),
  ),
  creating('AppArmor off', 'admission/apparmor', container({ SecurityOpt: ['apparmor=unconfined'] })),
  creating('SELinux off', 'admission/selinux', container({ SecurityOpt: ['label=disable'] })),
  creating('SELinux off, in one word', 'admission/selinux', container({ SecurityOpt: ['disable'] })),
  creating(
    'new privileges, switched on at the end',
    'admission/no-new-privileges-off',
    container({ SecurityOpt: ['no-new-privileges', 'no-new-privileges:false'] }),
  ),
  creating(
    'writable cgroups',
    'admission/security-options',
    container({ SecurityOpt: ['writable-cgroups=true'] }),
  ),
  creating('unmasked /proc', 'admission/unmasked-paths', container({ MaskedPaths: [], ReadonlyPaths: [] })),
  creating('cgroup of others', 'admission/cgroup-parent', container({ CgroupParent: '/system.slice' })),
  creating('runtime without the guard', 'admission/runtime', container({ Runtime: 'runc' })),
  creating(
    'annotation for the runtime',
    'admission/annotations',
    container({ Annotations: { 'run.oci.keep_original_groups': '1' } }),
  ),
  creating(
    'port of the node',
    'admission/host-ports',
    container({ PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }),
  ),
  creating('every port on the node', 'admission/host-ports', container({ PublishAllPorts: true })),
  creating(
    'logs that dockerd sends away',
    'admission/log-driver',
    container({ LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'udp://10.9.9.9:514' } } }),
  ),
];
