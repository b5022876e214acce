import type { ManifestObject } from './manifest.ts';

/** How each kind is read; other kinds, and kinds of these names in other API groups, say nothing about reachability. */
export type Reading = 'namespace' | 'policy' | 'service' | 'workload';

const KINDS: Readonly<Record<string, readonly [groups: readonly string[], reading: Reading]>> = {
  Namespace: [[''], 'namespace'],
  Service: [[''], 'service'],
  Pod: [[''], 'workload'],
  Deployment: [['apps', 'extensions'], 'workload'],
  ReplicaSet: [['apps', 'extensions'], 'workload'],
  StatefulSet: [['apps'], 'workload'],
  DaemonSet: [['apps', 'extensions'], 'workload'],
  Job: [['batch'], 'workload'],
  CronJob: [['batch'], 'workload'],
  // `extensions` is no longer served; the reader says so, as skipping a policy would open what it closes.
  NetworkPolicy: [['networking.k8s.io', 'extensions'], 'policy'],
};

export function readingOf({
  apiVersion,
  kind,
}: Pick<ManifestObject, 'apiVersion' | 'kind'>): Reading | undefined {
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return known?.[0].includes(group) ? known[1] : undefined;
}
