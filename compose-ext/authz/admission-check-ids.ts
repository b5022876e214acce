/** What each level looks at; docs/admission.md explains each. A policy names them in `exempt`. */
export const BASELINE_CHECKS = [
  'privileged',
  'capabilities',
  'host-namespaces',
  'shared-namespaces',
  'host-paths',
  'docker-socket',
  'mount-propagation',
  'volumes-from',
  'volume-drivers',
  'devices',
  'sysctls',
  'seccomp',
  'apparmor',
  'selinux',
  'unmasked-paths',
  'no-new-privileges-off',
  'security-options',
  'cgroup-parent',
  'runtime',
  'annotations',
  'host-ports',
  'log-driver',
  'network-driver',
  'network-options',
  'late-network',
  'privileged-target',
  'plugins',
  'task-runtime',
  'build-session',
  'build-remote',
] as const;

/** On top of baseline's. */
export const RESTRICTED_CHECKS = [
  'run-as-root',
  'read-only-root',
  'no-new-privileges',
  'drop-capabilities',
  'net-raw',
  'added-capabilities',
  'oom',
  'dns-servers',
  'build',
] as const;

/** Each is of one setting of a policy, whatever the level. */
export const SETTING_CHECKS = [
  'runtimes',
  'image-registry',
  'image-pinned',
  'image-relabel',
  'required-labels',
  'network-policy',
  'encrypted-network',
  'memory-limit',
  'cpu-limit',
  'pids-limit',
] as const;

export type LevelCheckId = (typeof BASELINE_CHECKS)[number] | (typeof RESTRICTED_CHECKS)[number];
export type SettingCheckId = (typeof SETTING_CHECKS)[number];
/** What `exempt` may name: a setting is left out by not writing it. */
export type AdmissionCheckId = LevelCheckId;
export const LEVEL_CHECKS: readonly LevelCheckId[] = [...BASELINE_CHECKS, ...RESTRICTED_CHECKS];
