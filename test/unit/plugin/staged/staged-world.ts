import type { RawConfig, RawService } from '../../../../plugin/docker/engine-data.ts';
import { drawCluster, type ClusterPicture } from '../../../../plugin/controller/cluster-view.ts';
import {
  policiesInForce,
  readStoredPolicies,
  type StoredPolicies,
} from '../../../../plugin/policy-store/stored-policies.ts';
import type { StagedStack } from '../../../../plugin/staged/staged-change.ts';

/** A live service of the stack `shop`. */
export function liveService(name: string, labels: Readonly<Record<string, string>> = {}): RawService {
  return {
    ID: `id-${name}`,
    Spec: { Name: `shop_${name}`, Labels: { 'com.docker.stack.namespace': 'shop', ...labels } },
  };
}

/** web may reach db; job may not. */
export const SHOP: readonly RawService[] = [
  liveService('web'),
  liveService('job'),
  liveService('db', { 'swarmwall.ingress': 'web:5432', 'traefik.enable': 'true' }),
];

export function baseOf(
  services: readonly RawService[] = SHOP,
  configs: readonly RawConfig[] = [],
): { readonly picture: ClusterPicture; readonly stored: StoredPolicies } {
  const stored = readStoredPolicies(configs);
  const nodes = [
    {
      ID: 'n1',
      Spec: { Role: 'manager' },
      Description: { Hostname: 'one' },
      Status: { State: 'ready', Addr: '192.168.7.1' },
    },
  ];
  const picture = drawCluster(
    { services, tasks: [], nodes, networks: [] },
    new Map(),
    policiesInForce(stored),
  );
  return { picture, stored };
}

/** db allows this and nothing else. */
export function shopChange(ingress: string, changes: Partial<StagedStack> = {}): StagedStack {
  return {
    ...{ kind: 'stack', stack: 'shop', file: 'compose.yaml', by: 'alice' },
    services: [
      { name: 'db', labels: { 'swarmwall.ingress': ingress }, was: { 'swarmwall.ingress': 'web:5432' } },
    ],
    ...changes,
  };
}
