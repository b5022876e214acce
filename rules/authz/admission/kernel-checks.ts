import { refuse, quoted, type Check } from './check.ts';

/** Of Kubernetes' Pod Security Standards, baseline. NET_RAW, which Docker gives by default, is not among them. */
const CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** Of the same; each is of the container's own namespaces. */
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
];

const SELINUX_TYPES = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

/** What the kernel lets a container do. */
export const KERNEL_CHECKS = {
  capabilities: refuse(
    'capability',
    `Add only ${CAPABILITIES.join(', ')}, or have it listed in allow.capabilities.`,
    ({ name }) => `adds the capability ${quoted(name)}`,
    ({ name }, { allow }) => CAPABILITIES.includes(name) || (allow?.capabilities ?? []).includes(name),
  ),
  sysctls: refuse(
    'sysctl',
    `Set only ${SYSCTLS.join(', ')}, or have it listed in allow.sysctls.`,
    ({ name }) => `sets the sysctl ${quoted(name)}`,
    ({ name }, { allow }) => SYSCTLS.includes(name) || (allow?.sysctls ?? []).includes(name),
  ),
  seccomp: refuse(
    'seccomp',
    "Leave it out: the engine's own profile is used.",
    ({ profile }) => `replaces the seccomp profile by ${quoted(profile)}`,
    ({ profile }) => ['', 'builtin'].includes(profile),
  ),
  apparmor: refuse(
    'apparmor',
    "Leave it out: the engine's own profile is used.",
    ({ profile }) => `replaces the AppArmor profile by ${quoted(profile)}`,
    ({ profile }) => ['', 'docker-default'].includes(profile),
  ),
  selinux: refuse(
    'selinux',
    `Leave it out, or set a level, or one of the types ${SELINUX_TYPES.join(', ')}.`,
    ({ option }) => `changes the SELinux label: ${quoted(option)}`,
    ({ option }) => option.startsWith('level:') || SELINUX_TYPES.some((type) => option === `type:${type}`),
  ),
  'unmasked-paths': refuse(
    'unmasked-path',
    "Leave it out: the engine's own list is used.",
    () => 'uncovers paths of /proc and /sys that the engine masks',
  ),
  'no-new-privileges-off': refuse(
    'new-privileges',
    'Leave it out.',
    () => 'lets processes gain privileges even where the engine rules that out',
  ),
  'security-options': refuse(
    'security-option',
    'Leave it out.',
    ({ option }) => `sets the security option ${quoted(option)}`,
  ),
  'cgroup-parent': refuse(
    'cgroup-parent',
    'Leave it out.',
    ({ parent }) => `moves it to the cgroup ${quoted(parent)}, out of the limits of others`,
  ),
  runtime: refuse(
    'runtime',
    "Leave it out: the engine's default runtime is used. Others are listed in runtimes.",
    ({ name }) => `is run by ${quoted(name)}`,
    // A policy that lists runtimes says so in the check of that name.
    (_, { runtimes }) => runtimes !== undefined,
  ),
  annotations: refuse(
    'annotation',
    'Use labels: annotations tell the runtime what to do.',
    ({ name }) => `gives the runtime the annotation ${quoted(name)}`,
  ),
} satisfies Record<string, Check>;
