import type {
  Labels,
  Peer,
  Policy,
  PolicyRule,
  PortMatch,
  Selector,
} from '../../../compose-ext/policy-model.ts';
import type { ClusterService, StackSettings } from '../../../rules/network-policy.ts';
import { selects } from '../../../rules/cluster-from-model.ts';

/** Clusters in few words, for tests of the evaluator and the calculator. */
export function stack(name: string, settings: Partial<StackSettings> = {}): StackSettings {
  return {
    name,
    labels: { name, 'kubernetes.io/metadata.name': name },
    annotated: true,
    defaults: { ingress: 'deny', egress: 'allow' },
    mode: 'enforce',
    ...settings,
  };
}

export function service(
  key: string,
  settings: Partial<Pick<ClusterService, 'labels' | 'ports'>> = {},
  policies: readonly Policy[] = [],
): ClusterService {
  const [stackName = '', name = ''] = key.split('/');
  const own = { name, labels: settings.labels ?? {} };
  return {
    key,
    stack: stackName,
    ports: settings.ports ?? [],
    ...own,
    policies: policies.filter((policy) => policy.stack === stackName && selects(policy, own)),
  };
}

export function policy(
  stackName: string,
  settings: Partial<Policy> & { readonly on?: string | Selector },
): Policy {
  const { on = selector({}), ...rest } = settings;
  return {
    name: 'policy',
    stack: stackName,
    target: typeof on === 'string' ? { kind: 'service', service: on } : { kind: 'selector', services: on },
    directions: settings.egress && !settings.ingress ? ['egress'] : ['ingress'],
    ingress: [],
    egress: [],
    origin: at(1),
    ...rest,
  };
}

export function rule(peers: readonly Peer[], ports: readonly PortMatch[] = [], line = 2): PolicyRule {
  return { peers, ports, origin: at(line) };
}

export function selector(matchLabels: Labels, matchExpressions: Selector['matchExpressions'] = []): Selector {
  return { matchLabels, matchExpressions };
}

export function peer(key: string): Peer {
  const [stackName = '', name = ''] = key.split('/');
  return { kind: 'service', stack: stackName, service: name };
}

export function tcp(port?: number | string, endPort?: number): PortMatch {
  return { protocol: 'tcp', ...(port !== undefined && { port }), ...(endPort !== undefined && { endPort }) };
}

export function udp(port?: number | string): PortMatch {
  return { protocol: 'udp', ...(port !== undefined && { port }) };
}

export function at(line: number) {
  return { file: 'compose.yaml', line, column: 1 };
}
