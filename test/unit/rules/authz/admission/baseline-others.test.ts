import assert from 'node:assert/strict';
import type { Asked } from '../api-request.ts';
import { refusals } from './judge.ts';

const AROUND = {
  networks: [{ name: 'lan', driver: 'macvlan' }, { name: 'back' }],
  containers: [{ name: 'root', privileged: true }, { name: 'net', networkMode: 'host' }, { name: 'app' }],
};

const REFUSED: readonly (readonly [id: string, asked: Asked, ...expected: string[]])[] = [
  ['ContainerUpdate', { name: 'app', body: { Devices: [{ PathOnHost: '/dev/kvm' }] } }, 'devices Devices[0]'],
  ['ContainerStart', { name: 'app', body: { Privileged: true } }, 'privileged Privileged'],
  ['ContainerStart', { name: 'app', query: { 'checkpoint-dir': '/tmp/x' } }, 'host-paths ?checkpoint-dir'],
  ['ContainerCheckpointCreate', { name: 'app', body: { CheckpointDir: '/x' } }, 'host-paths CheckpointDir'],
  ['ContainerExec', { name: 'app', body: { Privileged: true } }, 'privileged Privileged'],
  ['ContainerExec', { name: 'root', body: { Cmd: ['sh'] } }, 'privileged-target the path'],
  ['ContainerExec', { name: 'net', body: { Cmd: ['sh'] } }, 'privileged-target the path'],
  ['ContainerAttach', { name: 'id-root' }, 'privileged-target the path'],
  ['ContainerAttachWebsocket', { name: 'root' }, 'privileged-target the path'],
  ['PutContainerArchive', { name: 'root' }, 'privileged-target the path'],
  [
    'VolumeCreate',
    { body: { Name: 'v', DriverOpts: { type: 'none', o: 'bind', device: '/run/docker.sock' } } },
    'host-paths DriverOpts',
    'docker-socket DriverOpts',
  ],
  [
    'VolumeCreate',
    { body: { DriverOpts: { type: 'tmpfs', device: '/etc', o: 'bind' } } },
    'host-paths DriverOpts',
  ],
  [
    'VolumeCreate',
    { body: { DriverOpts: { type: 'none', device: '/srv', o: 'bind,rshared' } } },
    'host-paths DriverOpts',
    'mount-propagation DriverOpts',
  ],
  [
    'VolumeCreate',
    { body: { DriverOpts: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/' } } },
    'volume-drivers DriverOpts',
  ],
  ['VolumeCreate', { body: { DriverOpts: { mountpoint: '/etc' } } }, 'volume-drivers DriverOpts'],
  ['VolumeCreate', { body: { Driver: 'vieux/sshfs' } }, 'volume-drivers Driver'],
  [
    'VolumeCreate',
    { body: { Driver: 'x', ClusterVolumeSpec: {} } },
    'volume-drivers Driver',
    'volume-drivers ClusterVolumeSpec',
  ],
  ['VolumeUpdate', { name: 'v', body: { Spec: {} } }, 'volume-drivers ClusterVolumeSpec'],
  [
    'NetworkCreate',
    { body: { Name: 'n', Driver: 'macvlan', Options: { parent: 'eth0' } } },
    'network-driver Driver',
    'network-options Options',
  ],
  ['NetworkCreate', { body: { Driver: 'ipvlan' } }, 'network-driver Driver'],
  [
    'NetworkCreate',
    { body: { Options: { 'com.docker.network.bridge.name': 'docker_gwbridge' } } },
    'network-options Options',
  ],
  [
    'NetworkCreate',
    { body: { Driver: 'overlay', Options: { 'com.docker.network.driver.overlay.vxlanid_list': '4097' } } },
    'network-options Options',
  ],
  ['NetworkCreate', { body: { Driver: 'overlay', Ingress: true } }, 'network-options Ingress'],
  ['NetworkCreate', { body: { IPAM: { Driver: 'dhcp' } } }, 'network-options IPAM.Driver'],
  ['NetworkConnect', { name: 'lan', body: { Container: 'app' } }, 'network-driver the path'],
  [
    'NetworkConnect',
    {
      name: 'back',
      body: {
        Container: 'app',
        EndpointConfig: {
          DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.forwarding=1' },
        },
      },
    },
    'sysctls EndpointConfig.DriverOpts["com.docker.network.endpoint.sysctls"]',
  ],
  [
    'NetworkConnect',
    {
      name: 'back',
      body: { Container: 'app', EndpointConfig: { IPAMConfig: { LinkLocalIPs: ['169.254.1.1'] } } },
    },
    'network-options EndpointConfig.IPAMConfig.LinkLocalIPs',
  ],
  ['ImageBuild', { query: { networkmode: 'host' } }, 'host-namespaces ?networkmode'],
  ['ImageBuild', { query: { networkmode: 'container:db' } }, 'shared-namespaces ?networkmode'],
  ['ImageBuild', { query: { networkmode: 'lan' } }, 'network-driver ?networkmode'],
  ['ImageBuild', { query: { remote: 'http://10.0.0.1/x' } }, 'build-remote ?remote'],
  ['ImageBuild', { query: { cgroupparent: '/' } }, 'cgroup-parent ?cgroupparent'],
  ['ImageBuild', { query: { securityopt: ['seccomp=unconfined'] } }, 'security-options ?securityopt'],
  [
    'ImageBuild',
    { query: { version: '2', remote: 'client-session', session: 'x' } },
    'build-session ?version',
  ],
  [
    'SwarmUpdate',
    { body: { TaskDefaults: { LogDriver: { Name: 'gelf' } } } },
    'log-driver TaskDefaults.LogDriver.Name',
  ],
  [
    'SwarmInit',
    { body: { Spec: { TaskDefaults: { LogDriver: { Name: 'gelf' } } } } },
    'log-driver Spec.TaskDefaults.LogDriver.Name',
  ],
  ['Session', {}, 'build-session the path'],
  ['Grpc', {}, 'build-session the path'],
  ['PluginPull', { body: [] }, 'plugins the path'],
  ['PluginCreate', {}, 'plugins the path'],
  ['PluginSet', { name: 'p', body: [] }, 'plugins the path'],
  ['PluginEnable', { name: 'p' }, 'plugins the path'],
  ['PluginUpgrade', { name: 'p', body: [] }, 'plugins the path'],
];

const TAKEN: readonly (readonly [id: string, asked: Asked])[] = [
  [
    'ContainerUpdate',
    { name: 'app', body: { Memory: 1e9, PidsLimit: 10, RestartPolicy: { Name: 'always' } } },
  ],
  ['ContainerStart', { name: 'app' }],
  ['ContainerExec', { name: 'app', body: { User: 'root', Cmd: ['sh'], Env: ['A=b'] } }],
  ['ContainerAttach', { name: 'app' }],
  ['PutContainerArchive', { name: 'app' }],
  ['ContainerInspect', { name: 'root' }],
  ['VolumeCreate', { body: { Name: 'v', Driver: 'local', DriverOpts: {}, Labels: {} } }],
  ['VolumeCreate', { body: { DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=100m,uid=1000' } } }],
  [
    'NetworkCreate',
    {
      body: {
        Name: 'n',
        Driver: 'overlay',
        Attachable: true,
        Options: { encrypted: '' },
        IPAM: { Driver: 'default' },
      },
    },
  ],
  ['NetworkConnect', { name: 'back', body: { Container: 'app' } }],
  ['ImageBuild', { query: { t: ['app:1'], networkmode: 'default', version: '1' } }],
  ['ImageTag', { name: 'app', query: { repo: 'x', tag: '1' } }],
];

describe('baseline, all else', () => {
  for (const [id, asked, ...expected] of REFUSED)
    it(`refuses ${id} ${JSON.stringify(asked)}`, async () => {
      assert.deepEqual(await refusals(id, asked, [{}], AROUND), expected);
    });

  for (const [id, asked] of TAKEN)
    it(`takes ${id} ${JSON.stringify(asked)}`, async () => {
      assert.deepEqual(await refusals(id, asked, [{}], AROUND), []);
    });
});
