import assert from 'node:assert/strict';
import { refusals } from './judge.ts';

const CONTAINER = (container: object, more: object = {}) => ({
  Name: 'web',
  TaskTemplate: { ContainerSpec: { Image: 'app:1', ...container }, ...more },
});
const SPEC = 'TaskTemplate.ContainerSpec';

/** What is sent to `services/create`, and what baseline says. */
const REFUSED: readonly (readonly [body: unknown, ...expected: string[]])[] = [
  [CONTAINER({ CapabilityAdd: ['CAP_NET_ADMIN'] }), `capabilities ${SPEC}.CapabilityAdd[0]`],
  [CONTAINER({ capabilityadd: ['net_raw'] }), `capabilities ${SPEC}.CapabilityAdd[0]`],
  [CONTAINER({ Mounts: [{ Type: 'bind', Source: '/etc' }] }), `host-paths ${SPEC}.Mounts[0].Source`],
  [CONTAINER({ Mounts: [{ Type: 'BiNd', Source: '/etc' }] }), `host-paths ${SPEC}.Mounts[0].Source`],
  [CONTAINER({ Mounts: [{ Source: '/etc' }] }), `host-paths ${SPEC}.Mounts[0].Source`],
  [
    CONTAINER({ Mounts: [{ Type: 'bind', Source: '/var/lib/../run' }] }),
    `host-paths ${SPEC}.Mounts[0].Source`,
    `docker-socket ${SPEC}.Mounts[0].Source`,
  ],
  [
    CONTAINER({
      Mounts: [
        {
          Type: 'VOLUME',
          Source: 'x',
          VolumeOptions: {
            DriverConfig: { Name: 'local', Options: { type: 'tmpfs', device: '/etc', o: 'rbind,ro' } },
          },
        },
      ],
    }),
    `host-paths ${SPEC}.Mounts[0].VolumeOptions.DriverConfig`,
  ],
  [
    CONTAINER({
      Mounts: [
        {
          Type: 'volume',
          Source: 'x',
          VolumeOptions: { DriverConfig: { Options: { type: 'ext4', device: '/dev/sda1' } } },
        },
      ],
    }),
    `volume-drivers ${SPEC}.Mounts[0].VolumeOptions.DriverConfig`,
  ],
  [CONTAINER({ Mounts: [{ Type: 'cluster', Source: 'x' }] }), `volume-drivers ${SPEC}.Mounts[0].Source`],
  [CONTAINER({ Sysctls: { 'kernel.msgmax': '1' } }), `sysctls ${SPEC}.Sysctls["kernel.msgmax"]`],
  [CONTAINER({ Privileges: { Seccomp: { Mode: 'unconfined' } } }), `seccomp ${SPEC}.Privileges.Seccomp.Mode`],
  [CONTAINER({ Privileges: { Seccomp: { Profile: 'e30=' } } }), `seccomp ${SPEC}.Privileges.Seccomp.Profile`],
  [
    CONTAINER({ Privileges: { AppArmor: { Mode: 'disabled' } } }),
    `apparmor ${SPEC}.Privileges.AppArmor.Mode`,
  ],
  [
    CONTAINER({ Privileges: { SELinuxContext: { Disable: true } } }),
    `selinux ${SPEC}.Privileges.SELinuxContext.Disable`,
  ],
  [
    CONTAINER({ Privileges: { SELinuxContext: { Type: 'spc_t' } } }),
    `selinux ${SPEC}.Privileges.SELinuxContext.Type`,
  ],
  [CONTAINER({}, { Networks: [{ Target: 'host' }] }), 'host-namespaces TaskTemplate.Networks[0].Target'],
  [CONTAINER({}, { Networks: [{ Target: 'id-host' }] }), 'host-namespaces TaskTemplate.Networks[0].Target'],
  [{ ...CONTAINER({}), Networks: [{ Target: 'host' }] }, 'host-namespaces Networks[0].Target'],
  [CONTAINER({}, { Networks: [{ Target: 'lan' }] }), 'network-driver TaskTemplate.Networks[0].Target'],
  [
    CONTAINER({}, { Networks: [{ Target: 'x', DriverOpts: { 'com.docker.network.x': '1' } }] }),
    'network-options TaskTemplate.Networks[0].DriverOpts["com.docker.network.x"]',
  ],
  [CONTAINER({}, { LogDriver: { Name: 'gelf' } }), 'log-driver TaskTemplate.LogDriver.Name'],
  [
    { ...CONTAINER({}), EndpointSpec: { Ports: [{ PublishMode: 'host', PublishedPort: 80 }] } },
    'host-ports EndpointSpec.Ports[0].PublishMode',
  ],
  [
    { ...CONTAINER({}), EndpointSpec: { Ports: [{ PublishMode: 'Host', TargetPort: 80 }] } },
    'host-ports EndpointSpec.Ports[0].PublishMode',
  ],
  [
    { TaskTemplate: { Runtime: 'plugin', PluginSpec: { remote: 'x' } } },
    'task-runtime TaskTemplate.Runtime',
    'task-runtime TaskTemplate.PluginSpec',
  ],
  [
    CONTAINER({}, { NetworkAttachmentSpec: { ContainerID: 'x' } }),
    'task-runtime TaskTemplate.NetworkAttachmentSpec',
  ],
];

const AROUND = { networks: [{ name: 'lan', driver: 'ipvlan' }] };

describe('baseline, services', () => {
  for (const [body, ...expected] of REFUSED)
    it(`refuses ${JSON.stringify(body)}`, async () => {
      assert.deepEqual(await refusals('ServiceCreate', { body }, [{}], AROUND), expected);
      assert.deepEqual(await refusals('ServiceUpdate', { body, name: 'web' }, [{}], AROUND), expected);
    });

  it('takes what docker stack deploy sends', async () => {
    const body = {
      Name: 'shop_web',
      Labels: { 'com.docker.stack.namespace': 'shop' },
      TaskTemplate: {
        ContainerSpec: {
          Image: 'nginx:1.27',
          Labels: { 'com.docker.stack.namespace': 'shop' },
          Privileges: { CredentialSpec: null, SELinuxContext: null },
          Mounts: [{ Type: 'volume', Source: 'shop_data', Target: '/d', VolumeOptions: { Labels: {} } }],
          CapabilityDrop: ['ALL'],
          CapabilityAdd: ['NET_BIND_SERVICE'],
          Isolation: 'default',
        },
        Resources: {},
        Placement: {},
        Networks: [{ Target: 'x', Aliases: ['web'] }],
        ForceUpdate: 0,
        Runtime: 'container',
      },
      Mode: { Replicated: { Replicas: 1 } },
      EndpointSpec: {
        Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 80, PublishMode: 'ingress' }],
      },
    };
    assert.deepEqual(await refusals('ServiceCreate', { body }), []);
  });

  it('judges what a rollback brings back, whatever the body says', async () => {
    const previousSpec = CONTAINER({ CapabilityAdd: ['SYS_ADMIN'] });
    const around = { services: [{ name: 'web', previousSpec }] };
    const body = CONTAINER({});
    const asking = (query: Record<string, string>) =>
      refusals('ServiceUpdate', { body, name: 'web', query }, [{}], around);
    assert.deepEqual(await asking({ rollback: 'previous' }), [
      `capabilities PreviousSpec.${SPEC}.CapabilityAdd[0]`,
    ]);
    assert.deepEqual(await asking({ rollback: 'none' }), []);
    assert.deepEqual(await asking({}), []);
  });
});
