import assert from 'node:assert/strict';
import { refusals } from './judge.ts';

const HOST = (host: unknown) => ({ Image: 'app:1', HostConfig: host });

/** What is sent to `containers/create`, and what baseline says: `check field`. */
const REFUSED: readonly (readonly [body: unknown, ...expected: string[]])[] = [
  [HOST({ Privileged: true }), 'privileged HostConfig.Privileged'],
  [{ Image: 'app:1', Privileged: true }, 'privileged Privileged'],
  [{ Image: 'app:1', HostConfig: null, Binds: ['/:/h'] }, 'host-paths Binds[0]', 'docker-socket Binds[0]'],
  [HOST({ hostconfig: 1, pRIVILEGED: true }), 'privileged HostConfig.Privileged'],
  [HOST({ CapAdd: ['NET_ADMIN'] }), 'capabilities HostConfig.CapAdd[0]'],
  [HOST({ CapAdd: ['CHOWN', 'cap_net_raw'] }), 'capabilities HostConfig.CapAdd[1]'],
  [HOST({ CapAdd: ['Cap_Sys_Admin'] }), 'capabilities HostConfig.CapAdd[0]'],
  [HOST({ CapAdd: 'sys_ptrace' }), 'capabilities HostConfig.CapAdd'],
  [HOST({ CapAdd: ['all'], CapDrop: ['ALL'] }), 'capabilities HostConfig.CapAdd[0]'],
  [HOST({ NetworkMode: 'host' }), 'host-namespaces HostConfig.NetworkMode'],
  [HOST({ PidMode: 'host' }), 'host-namespaces HostConfig.PidMode'],
  [HOST({ IpcMode: 'host' }), 'host-namespaces HostConfig.IpcMode'],
  [HOST({ UTSMode: 'host' }), 'host-namespaces HostConfig.UTSMode'],
  [HOST({ UsernsMode: 'host' }), 'host-namespaces HostConfig.UsernsMode'],
  [HOST({ CgroupnsMode: 'host' }), 'host-namespaces HostConfig.CgroupnsMode'],
  [HOST({ NetworkMode: 'ns:/proc/1/ns/net' }), 'host-namespaces HostConfig.NetworkMode'],
  [HOST({ NetworkMode: 'id-host' }), 'host-namespaces HostConfig.NetworkMode'],
  [
    { Image: 'app:1', NetworkingConfig: { EndpointsConfig: { host: {} } } },
    'host-namespaces NetworkingConfig.EndpointsConfig["host"]',
  ],
  [HOST({ NetworkMode: 'container:db' }), 'shared-namespaces HostConfig.NetworkMode'],
  [HOST({ PidMode: 'container:db' }), 'shared-namespaces HostConfig.PidMode'],
  [HOST({ IpcMode: 'container:db' }), 'shared-namespaces HostConfig.IpcMode'],
  [HOST({ Cgroup: 'container:db' }), 'shared-namespaces HostConfig.Cgroup'],
  [HOST({ Binds: ['/etc:/etc:ro'] }), 'host-paths HostConfig.Binds[0]'],
  [HOST({ Binds: ['data:/data', './etc:/etc'] }), 'host-paths HostConfig.Binds[1]'],
  [
    HOST({ Binds: ['/var/run/docker.sock:/s'] }),
    'host-paths HostConfig.Binds[0]',
    'docker-socket HostConfig.Binds[0]',
  ],
  [
    HOST({ Mounts: [{ Type: 'bind', Source: '/etc', Target: '/e' }] }),
    'host-paths HostConfig.Mounts[0].Source',
  ],
  [HOST({ Mounts: [{ Source: '/etc', Target: '/e' }] }), 'host-paths HostConfig.Mounts[0].Source'],
  [HOST({ Mounts: [{ Type: 'npipe', Source: '/etc' }] }), 'host-paths HostConfig.Mounts[0].Source'],
  [
    HOST({ Mounts: [{ Type: 'bind', Source: '/run', BindOptions: { Propagation: 'rshared' } }] }),
    'host-paths HostConfig.Mounts[0].Source',
    'docker-socket HostConfig.Mounts[0].Source',
    'mount-propagation HostConfig.Mounts[0].BindOptions.Propagation',
  ],
  [
    HOST({ Binds: ['/srv:/srv:rw,rslave'] }),
    'host-paths HostConfig.Binds[0]',
    'mount-propagation HostConfig.Binds[0]',
  ],
  [
    HOST({
      Mounts: [
        {
          Type: 'volume',
          Target: '/v',
          VolumeOptions: { DriverConfig: { Options: { type: 'none', o: 'bind', device: '/etc' } } },
        },
      ],
    }),
    'host-paths HostConfig.Mounts[0].VolumeOptions.DriverConfig',
  ],
  [HOST({ Binds: ['trap:/v'] }), 'host-paths HostConfig.Binds[0]', 'docker-socket HostConfig.Binds[0]'],
  [
    HOST({ Mounts: [{ Type: 'volume', Source: 'trap', Target: '/v' }] }),
    'host-paths HostConfig.Mounts[0].Source',
    'docker-socket HostConfig.Mounts[0].Source',
  ],
  [HOST({ Binds: ['share:/v'] }), 'volume-drivers HostConfig.Binds[0]'],
  [{ Image: 'app:1', Volumes: { '/etc:/etc': {} } }, 'host-paths Volumes["/etc:/etc"]'],
  [HOST({ VolumesFrom: ['db:ro'] }), 'volumes-from HostConfig.VolumesFrom[0]'],
  [HOST({ VolumeDriver: 'local-persist' }), 'volume-drivers HostConfig.VolumeDriver'],
  [
    HOST({ Mounts: [{ Type: 'volume', VolumeOptions: { DriverConfig: { Name: 'rexray' } } }] }),
    'volume-drivers HostConfig.Mounts[0].VolumeOptions.DriverConfig',
  ],
  [HOST({ Mounts: [{ Type: 'cluster', Source: 'group:x' }] }), 'volume-drivers HostConfig.Mounts[0].Source'],
  [HOST({ Devices: [{ PathOnHost: '/dev/sda' }] }), 'devices HostConfig.Devices[0]'],
  [HOST({ DeviceCgroupRules: ['a *:* rwm'] }), 'devices HostConfig.DeviceCgroupRules[0]'],
  [HOST({ DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['x'] }] }), 'devices HostConfig.DeviceRequests[0]'],
  [HOST({ Sysctls: { 'net.ipv4.ip_forward': '1' } }), 'sysctls HostConfig.Sysctls["net.ipv4.ip_forward"]'],
  [HOST({ Sysctls: { 'net/ipv4/ip_forward': '1' } }), 'sysctls HostConfig.Sysctls["net/ipv4/ip_forward"]'],
  [
    {
      Image: 'app:1',
      NetworkingConfig: {
        EndpointsConfig: {
          bridge: {
            DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv6.conf.IFNAME.disable_ipv6=0' },
          },
        },
      },
    },
    'sysctls NetworkingConfig.EndpointsConfig["bridge"].DriverOpts["com.docker.network.endpoint.sysctls"]',
  ],
  [HOST({ SecurityOpt: ['seccomp=unconfined'] }), 'seccomp HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['seccomp:unconfined'] }), 'seccomp HostConfig.SecurityOpt[0]'],
  [
    HOST({ SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }),
    'seccomp HostConfig.SecurityOpt[0]',
  ],
  [HOST({ SecurityOpt: ['apparmor=unconfined'] }), 'apparmor HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['apparmor:mine'] }), 'apparmor HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['label=disable'] }), 'selinux HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['label:type:spc_t'] }), 'selinux HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['disable'] }), 'selinux HostConfig.SecurityOpt[0]'],
  [
    HOST({ SecurityOpt: ['no-new-privileges', 'no-new-privileges=false'] }),
    'no-new-privileges-off HostConfig.SecurityOpt[1]',
  ],
  [HOST({ SecurityOpt: ['no-new-privileges:0'] }), 'no-new-privileges-off HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['systempaths=unconfined'] }), 'security-options HostConfig.SecurityOpt[0]'],
  [HOST({ SecurityOpt: ['writable-cgroups'] }), 'security-options HostConfig.SecurityOpt[0]'],
  [HOST({ MaskedPaths: [] }), 'unmasked-paths HostConfig.MaskedPaths'],
  [HOST({ ReadonlyPaths: ['/proc/x'] }), 'unmasked-paths HostConfig.ReadonlyPaths'],
  [HOST({ CgroupParent: '/' }), 'cgroup-parent HostConfig.CgroupParent'],
  [HOST({ Runtime: 'runc' }), 'runtime HostConfig.Runtime'],
  [
    HOST({ Annotations: { 'run.oci.hooks.stderr': '1' } }),
    'annotations HostConfig.Annotations["run.oci.hooks.stderr"]',
  ],
  [
    HOST({ PortBindings: { '80/tcp': [{ HostPort: '80' }] } }),
    'host-ports HostConfig.PortBindings["80/tcp"][0].HostPort',
  ],
  [
    HOST({ PortBindings: { '80/tcp': [{ HostPort: '' }] } }),
    'host-ports HostConfig.PortBindings["80/tcp"][0].HostPort',
  ],
  [HOST({ PublishAllPorts: true }), 'host-ports HostConfig.PublishAllPorts'],
  [HOST({ LogConfig: { Type: 'syslog' } }), 'log-driver HostConfig.LogConfig.Type'],
  [HOST({ NetworkMode: 'lan' }), 'network-driver HostConfig.NetworkMode'],
  [
    { Image: 'app:1', NetworkingConfig: { EndpointsConfig: { 'id-lan': null } } },
    'network-driver NetworkingConfig.EndpointsConfig["id-lan"]',
  ],
  [HOST({ Privileged: 'true' }), 'unreadable HostConfig.Privileged'],
  [HOST({ Binds: '/etc:/etc' }), 'unreadable HostConfig.Binds'],
  [HOST({ CapAdd: [7] }), 'unreadable HostConfig.CapAdd[0]', 'capabilities HostConfig.CapAdd[0]'],
];

const AROUND = {
  networks: [{ name: 'lan', driver: 'macvlan' }, { name: 'back' }],
  volumes: [
    { name: 'trap', options: { type: 'none', o: 'bind', device: '/var/run' } },
    { name: 'share', options: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/x' } },
    { name: 'data' },
  ],
};

describe('baseline, containers', () => {
  for (const [body, ...expected] of REFUSED)
    it(`refuses ${JSON.stringify(body)}`, async () => {
      const found = await refusals('ContainerCreate', { body }, [{}], AROUND);
      // What cannot be read may have been read twice: at the body's top, and in HostConfig.
      assert.deepEqual([...new Set(found)], expected);
    });

  it('takes what Docker sends by itself', async () => {
    const body = {
      Hostname: '',
      Image: 'nginx:1.27',
      User: '',
      Env: [],
      Cmd: null,
      Volumes: { '/cache': {} },
      Labels: { a: 'b' },
      HostConfig: {
        Binds: ['data:/data', 'new:/x:nocopy', '/anonymous'],
        ContainerIDFile: '',
        LogConfig: { Type: 'json-file', Config: {} },
        NetworkMode: 'default',
        PortBindings: {},
        RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
        VolumeDriver: '',
        VolumesFrom: null,
        CapAdd: ['CHOWN', 'net_bind_service'],
        CapDrop: null,
        CgroupnsMode: 'private',
        IpcMode: 'shareable',
        Cgroup: '',
        PidMode: '',
        Privileged: false,
        PublishAllPorts: false,
        SecurityOpt: ['no-new-privileges:true', 'seccomp=builtin', 'label=level:s0:c1'],
        MaskedPaths: null,
        ReadonlyPaths: null,
        Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
        Tmpfs: { '/run': 'size=1m' },
        Mounts: [
          { Type: 'tmpfs', Target: '/t' },
          { Type: 'volume', Source: 'data', Target: '/d' },
          {
            Type: 'volume',
            Target: '/r',
            VolumeOptions: {
              DriverConfig: {
                Name: 'local',
                Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,noexec' },
              },
            },
          },
        ],
      },
      NetworkingConfig: { EndpointsConfig: { back: { DriverOpts: null } } },
    };
    assert.deepEqual(await refusals('ContainerCreate', { body }, [{}], AROUND), []);
  });

  it('says nothing of what a policy allows by name', async () => {
    const allow = {
      hostPaths: ['/srv/data', '/mnt/*', '/run/docker.sock'],
      capabilities: ['NET_ADMIN'],
      sysctls: ['net.core.somaxconn'],
      hostPorts: [{ from: 8000, to: 8099 }],
      volumeDrivers: ['rexray'],
    };
    const asking = (host: unknown) => refusals('ContainerCreate', { body: HOST(host) }, [{ allow }]);
    for (const host of [
      { Binds: ['/srv/data/:/d', '/srv//data:/e', '/mnt/a/b:/f', '/var/run/docker.sock:/s'] },
      { CapAdd: ['cap_net_admin'] },
      { Sysctls: { 'net.core.somaxconn': '9' } },
      { PortBindings: { '80/tcp': [{ HostPort: '8000' }, { HostPort: '8001-8099' }] } },
      { VolumeDriver: 'rexray' },
    ])
      assert.deepEqual(await asking(host), [], JSON.stringify(host));
    for (const [host, count] of [
      [{ Binds: ['/srv:/d', '/srv/data/x:/d', '/srv/data/../etc:/d', '/mnt:/d', '/mnt/a/../../etc:/d'] }, 5],
      [{ Mounts: [{ Type: 'bind', Source: 'srv/data' }] }, 1],
      [{ PortBindings: { '80/tcp': [{ HostPort: '8000-8100' }, { HostPort: '0' }, { HostPort: 'x' }] } }, 3],
    ] as const)
      assert.equal((await asking(host)).length, count, JSON.stringify(host));
  });

  it('leaves out what is exempt, and nothing else', async () => {
    const body = HOST({ Privileged: true, PidMode: 'host', Binds: ['/run:/r'] });
    const exempt = ['privileged', 'host-paths'] as const;
    assert.deepEqual(await refusals('ContainerCreate', { body }, [{ exempt }]), [
      'host-namespaces HostConfig.PidMode',
      'docker-socket HostConfig.Binds[0]',
    ]);
  });

  it('bounds what it says of one check', async () => {
    const body = HOST({ CapAdd: Array.from({ length: 5000 }, () => 'SYS_ADMIN') });
    assert.equal((await refusals('ContainerCreate', { body })).length, 10);
  });
});
