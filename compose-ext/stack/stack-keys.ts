/**
 * What a stack file may hold: docker/cli, cli/compose/schema/data/config_schema_v3.13.json; and what of that is refused
 * or ignored: cli/compose/types/types.go (`ForbiddenProperties`, `UnsupportedProperties`, `DeprecatedProperties`).
 */
export const TOP_KEYS = ['version', 'services', 'networks', 'volumes', 'secrets', 'configs', 'name'];

export const FORBIDDEN: ReadonlyMap<string, string> = new Map([
  ['volume_driver', 'name the driver under the top-level "volumes"'],
  ['volumes_from', 'share a volume of the top-level "volumes"'],
  ...['cpu_quota', 'cpu_shares', 'cpuset', 'mem_limit', 'memswap_limit'].map(
    (key) => [key, 'limits go into deploy.resources'] as const,
  ),
]);

export const IGNORED: ReadonlyMap<string, string> = new Map([
  ['build', 'A stack builds no images: push one, and name it in "image"'],
  ['cgroupns_mode', 'Swarm has no such setting'],
  ['cgroup_parent', 'Swarm has no such setting'],
  ['devices', 'Swarm gives tasks no devices'],
  ['domainname', 'Use "hostname"'],
  ['external_links', 'Services reach each other by networks'],
  ['ipc', 'Swarm has no such setting'],
  ['links', 'Services reach each other by their names'],
  ['mac_address', "Addresses are Swarm's to choose"],
  [
    'network_mode',
    'The service goes on the networks of the stack; for the host\'s, name an external network "host"',
  ],
  ['pid', 'Swarm has no such setting'],
  ['privileged', 'Tasks are never privileged; see cap_add'],
  ['restart', 'Use deploy.restart_policy'],
  ['security_opt', 'Swarm has no such setting'],
  ['shm_size', 'Mount a tmpfs at /dev/shm'],
  ['userns_mode', 'Swarm has no such setting'],
  ['container_name', 'Tasks are named by Swarm'],
]);

export const SERVICE_KEYS = [
  ...[
    'cap_add',
    'cap_drop',
    'command',
    'configs',
    'credential_spec',
    'depends_on',
    'deploy',
    'dns',
    'dns_search',
  ],
  ...[
    'entrypoint',
    'env_file',
    'environment',
    'expose',
    'extra_hosts',
    'healthcheck',
    'hostname',
    'image',
    'init',
  ],
  ...[
    'isolation',
    'labels',
    'logging',
    'networks',
    'oom_score_adj',
    'ports',
    'read_only',
    'secrets',
    'stdin_open',
  ],
  ...[
    'stop_grace_period',
    'stop_signal',
    'sysctls',
    'tmpfs',
    'tty',
    'ulimits',
    'user',
    'volumes',
    'working_dir',
  ],
];

/** `name` is taken out by `compile`. */
export const PORT_KEYS = ['mode', 'target', 'published', 'protocol', 'name'];
export const NETWORK_KEYS = [
  'attachable',
  'driver',
  'driver_opts',
  'external',
  'internal',
  'ipam',
  'labels',
  'name',
];
export const VOLUME_KEYS = ['driver', 'driver_opts', 'external', 'labels', 'name', 'x-cluster-spec'];
export const SECRET_KEYS = ['driver', 'driver_opts', 'external', 'file', 'labels', 'name', 'template_driver'];
export const CONFIG_KEYS = ['external', 'file', 'labels', 'name', 'template_driver'];
