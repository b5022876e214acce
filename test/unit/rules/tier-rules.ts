import type {
  ClusterPolicy,
  ClusterRule,
  Peer,
  PortMatch,
  TierAction,
} from '../../../compose-ext/policy-model.ts';
import { at } from './policy-cluster.ts';

export const anyone: Peer = { kind: 'any' };

export function says(
  action: TierAction,
  peers: readonly Peer[] = [anyone],
  ports: readonly PortMatch[] = [],
  line = 5,
): ClusterRule {
  return { action, peers, ports, origin: { file: 'cluster.yaml', line, column: 5 } };
}

export function clusterPolicy(settings: Partial<ClusterPolicy>): ClusterPolicy {
  return {
    ...{ name: 'admins', tier: 'admin', priority: 10, subject: {}, ingress: [], egress: [], origin: at(1) },
    ...settings,
  };
}

export const question = {
  from: { service: 's/web' },
  to: { service: 's/db' },
  protocol: 'tcp',
  port: 80,
} as const;

/** One rule each, about anyone. */
export const [allow, deny, pass] = [[says('allow')], [says('deny')], [says('pass')]];
