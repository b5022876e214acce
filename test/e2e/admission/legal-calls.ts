import {
  API,
  container,
  creating,
  deploying,
  PINNED,
  service,
  STRICT,
  STRICT_STACK,
  type Way,
} from './way.ts';

type Legal = Omit<Way, 'refusedBy'>;

const post = (name: string, path: string, body: object | string = {}): Legal => ({
  name,
  uri: `${API}${path}`,
  body,
});

/** What the same policies take: the wishes of the ways, as they may be had. */
export const LEGAL_CALLS: readonly Legal[] = [
  creating('container that asks for nothing', '', container({})),
  creating('capabilities that baseline takes', '', container({ CapAdd: ['CHOWN', 'cap_net_bind_service'] })),
  creating(
    'volume, in Binds and in Mounts',
    '',
    container({
      Binds: ['data:/data'],
      Mounts: [
        { Type: 'volume', Source: 'data', Target: '/again' },
        { Type: 'tmpfs', Target: '/t' },
      ],
    }),
  ),
  creating('network that is no segment', '', container({ NetworkMode: 'open' })),
  creating(
    'sysctl that baseline takes',
    '',
    container({ Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' } }),
  ),
  creating('privileges ruled out', '', container({ SecurityOpt: ['no-new-privileges:true'] })),
  creating('logs that stay on the node', '', container({ LogConfig: { Type: 'json-file' } })),
  creating(
    'container that restricted takes',
    '',
    container(
      {
        CapDrop: ['ALL'],
        CapAdd: ['NET_BIND_SERVICE'],
        ReadonlyRootfs: true,
        SecurityOpt: ['no-new-privileges'],
      },
      { User: '1000:1000', ...STRICT },
    ),
  ),
  creating('container with image and limit as asked for', '', container({ Memory: 64e6 }, PINNED)),
  deploying('service that asks for nothing', '', service({})),
  deploying(
    'service with a volume and a network',
    '',
    service(
      { Mounts: [{ Type: 'volume', Source: 'data', Target: '/data' }] },
      { Networks: [{ Target: 'open' }] },
    ),
  ),
  deploying(
    'service with a port of the routing mesh',
    '',
    service(
      {},
      {},
      {
        EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 8081, PublishMode: 'ingress' }] },
      },
    ),
  ),
  post('volume', '/volumes/create', { Name: 'legal' }),
  post('volume in memory', '/volumes/create', {
    Name: 'legal-tmpfs',
    DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=10m' },
  }),
  post('network', '/networks/create', { Name: 'legal', Driver: 'overlay', Options: { encrypted: '' } }),
  post('exec', '/containers/app/exec', { Cmd: ['true'] }),
  post('exec as no root', '/containers/strict/exec', { Cmd: ['true'], User: '1000' }),
  post('limit raised', '/containers/app/update', { PidsLimit: 100 }),
  post('config', '/configs/create', { Name: 'legal', Data: 'eA==' }),
];

/** Restricted, as far as services can say it: from API 1.44 on. */
export const LEGAL_SINCE_1_44: Legal = {
  ...deploying(
    'service that restricted takes',
    '',
    service(
      { User: '1000', ReadOnly: true, CapabilityDrop: ['ALL'], Privileges: { NoNewPrivileges: true } },
      {},
      STRICT_STACK,
    ),
  ),
  uri: '/v1.44/services/create',
};
