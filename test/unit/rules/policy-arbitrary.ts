import fc from 'fast-check';
import type {
  CidrGroup,
  ClusterPolicy,
  ClusterRule,
  Peer,
  Policy,
  PolicyRule,
  PortMatch,
  Selector,
} from '../../../compose-ext/policy-model.ts';
import type { ClusterService, StackSettings } from '../../../rules/network-policy.ts';
import { at, service, stack } from './policy-cluster.ts';

/** A universe so small that rules, labels and ports keep meeting each other. */
export const STACKS = ['s', 't', 'u'] as const;
export const SERVICES = STACKS.flatMap((name) => [`${name}/a`, `${name}/b`, `${name}/c`]);
export const HIGHEST_PORT = 6;

/** As parsed from JSON, with a prototype. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const label = fc.constantFrom('x', 'y');
const value = fc.constantFrom('1', '2');
export const labels = fc.dictionary(label, value, { maxKeys: 2, noNullPrototype: true });
const direction = fc.constantFrom('ingress', 'egress');
const stackName = fc.constantFrom(...STACKS);

const expression = record({
  key: label,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.uniqueArray(value, { maxLength: 2 }),
});

function selectorOf(keys: fc.Arbitrary<Record<string, string>>): fc.Arbitrary<Selector> {
  return record({ matchLabels: keys, matchExpressions: fc.array(expression, { maxLength: 1 }) });
}

const selector = selectorOf(fc.dictionary(label, value, { maxKeys: 1, noNullPrototype: true }));
const stackSelector = fc.oneof(
  selector,
  stackName.map((name) => ({ matchLabels: { name }, matchExpressions: [] })),
);

export const GROUPS = ['g', 'h'] as const;
export const NAMES = ['a.example.com', '*.example.com'] as const;
/** `gone` is a group that nobody stores. */
const groupName = fc.constantFrom(...GROUPS, 'gone');

const peer: fc.Arbitrary<Peer> = fc.oneof(
  {
    weight: 4,
    arbitrary: record({
      kind: fc.constant('service'),
      stack: stackName,
      service: fc.constantFrom('a', 'b', 'c'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record(
      { kind: fc.constant('selector'), stacks: stackSelector, services: selector },
      { requiredKeys: ['kind'], noNullPrototype: true },
    ),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'any' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'world' }) },
  {
    weight: 1,
    arbitrary: fc.constant({ kind: 'ipBlock', cidr: '198.51.100.0/24', except: ['198.51.100.8/29'] }),
  },
  { weight: 1, arbitrary: record({ kind: fc.constant('group'), group: groupName }) },
  { weight: 1, arbitrary: record({ kind: fc.constant('name'), name: fc.constantFrom(...NAMES) }) },
);

const portMatch: fc.Arbitrary<PortMatch> = record({
  protocol: fc.constantFrom('tcp', 'udp'),
  port: fc.oneof(fc.integer({ min: 1, max: HIGHEST_PORT }), fc.constantFrom('http', 'dns', undefined)),
  length: fc.integer({ min: 0, max: 3 }),
}).map(({ protocol, port, length }) => ({
  protocol,
  ...(port !== undefined && { port }),
  ...(typeof port === 'number' && length > 0 && { endPort: port + length }),
}));

const policyRule: fc.Arbitrary<PolicyRule> = record({
  peers: fc.array(peer, { maxLength: 2 }),
  ports: fc.array(portMatch, { maxLength: 2 }),
}).map((rule) => ({ ...rule, origin: at(1) }));

export function policyOf(name: string): fc.Arbitrary<Policy> {
  return record({
    directions: fc.uniqueArray(direction, { minLength: 1, maxLength: 2 }),
    ingress: fc.array(policyRule, { maxLength: 2 }),
    egress: fc.array(policyRule, { maxLength: 2 }),
  }).map((policy) => ({
    name: 'policy',
    stack: name,
    target: { kind: 'selector', services: { matchLabels: {}, matchExpressions: [] } },
    origin: at(1),
    ...policy,
  }));
}

const action = fc.constantFrom('allow', 'deny');

export function stackOf(name: string): fc.Arbitrary<StackSettings> {
  return record({
    annotated: fc.boolean(),
    defaults: record({ ingress: action, egress: action }),
    mode: fc.constantFrom('enforce', 'enforce', 'audit'),
    labels,
  }).map((settings) => stack(name, { ...settings, labels: { ...settings.labels, name } }));
}

export function serviceOf(key: string): fc.Arbitrary<ClusterService> {
  const [stackPart = ''] = key.split('/');
  return record({
    labels,
    ports: fc.array(
      record({
        protocol: fc.constantFrom('tcp', 'udp'),
        target: fc.integer({ min: 1, max: HIGHEST_PORT }),
        name: fc.constantFrom('http', 'dns'),
      }),
      { maxLength: 2 },
    ),
    policies: fc.array(policyOf(stackPart), { maxLength: 2 }),
    mode: fc.constantFrom(undefined, undefined, undefined, 'enforce', 'audit'),
    administered: fc.constantFrom(undefined, undefined, undefined, 'enforce', 'audit'),
  }).map(({ policies, mode, administered, ...settings }) => ({
    ...service(key, settings),
    policies,
    ...(mode && { mode }),
    ...(administered && { administered }),
  }));
}

const block = fc.constantFrom(
  { cidr: '198.51.100.0/25', except: [] },
  { cidr: '198.51.100.0/24', except: ['198.51.100.4/30', '198.51.100.64/26'] },
  { cidr: '192.0.2.0/30', except: ['192.0.2.2/32'] },
  { cidr: '128.0.0.0/1', except: ['198.51.100.0/24'] },
  { cidr: '169.254.128.0/17', except: ['169.254.170.0/24'] },
  { cidr: '100.100.100.200/32', except: [] },
);

export function groupOf(name: string): fc.Arbitrary<CidrGroup> {
  return record({ blocks: fc.array(block, { maxLength: 2 }) }).map(({ blocks }) => ({
    ...{ name, blocks, origin: at(1) },
  }));
}

/** `any` often: what is uniform toward services takes another way than what tells them apart. */
const clusterPeer: fc.Arbitrary<Peer> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'any' }) },
  {
    weight: 3,
    arbitrary: peer.map((each) =>
      each.kind === 'selector' ? { stacks: { matchLabels: {}, matchExpressions: [] }, ...each } : each,
    ),
  },
);

const clusterRule: fc.Arbitrary<ClusterRule> = record({
  action: fc.constantFrom('allow', 'deny', 'pass'),
  peers: fc.array(clusterPeer, { minLength: 1, maxLength: 2 }),
  ports: fc.array(portMatch, { maxLength: 2 }),
}).map((rule) => ({ ...rule, origin: at(1) }));

export function clusterPolicyOf(name: string): fc.Arbitrary<ClusterPolicy> {
  const subject = fc.record(
    { stacks: stackSelector, services: selector },
    { requiredKeys: [], noNullPrototype: true },
  );
  return record({
    tier: fc.constantFrom('admin', 'admin', 'baseline'),
    priority: fc.integer({ min: 0, max: 2 }),
    subject,
    ingress: fc.array(clusterRule, { maxLength: 3 }),
    egress: fc.array(clusterRule, { maxLength: 3 }),
  }).map(({ tier, ingress, egress, ...rest }): ClusterPolicy => {
    const fit = (rules: readonly ClusterRule[]) =>
      rules.filter(({ action: does }) => tier === 'admin' || does !== 'pass');
    return { name, tier, ingress: fit(ingress), egress: fit(egress), origin: at(1), ...rest };
  });
}

export const clusterPolicies: fc.Arbitrary<readonly ClusterPolicy[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 3,
    arbitrary: fc
      .shuffledSubarray(['p', 'q', 'r'], { minLength: 1 })
      .chain((names) => fc.tuple(...names.map(clusterPolicyOf))),
  },
);
export const groups: fc.Arbitrary<readonly CidrGroup[]> = fc
  .subarray([...GROUPS])
  .chain((names) => fc.tuple(...names.map(groupOf)));

/** Every stack and every service, so that pairs are many. */
export const ownCluster = record({
  stacks: fc.tuple(...STACKS.map(stackOf)),
  services: fc.tuple(...SERVICES.map(serviceOf)),
});

export const cluster = record({
  stacks: fc.tuple(...STACKS.map(stackOf)),
  services: fc.tuple(...SERVICES.map(serviceOf)),
  clusterPolicies,
  groups,
});
