import fc from 'fast-check';

/** Manifests of a universe so small that selectors, names, numbers and addresses keep meeting each other. */
export const EXTERNALS = [
  '10.1.0.1',
  '10.1.2.9',
  '10.9.0.1',
  '192.0.2.1',
  '203.0.113.5',
  '2001:db8::5',
  '2001:db8:1::5',
];

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = Readonly<Record<string, Json>>;

const NAMESPACES = ['x', 'y', 'z'] as const;
const namespace = fc.constantFrom(...NAMESPACES);
/** Missing half of the time. */
const maybe = <T extends Json>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const some = (parts: Readonly<Record<string, Json | undefined>>): JsonMap =>
  Object.fromEntries(
    Object.entries(parts).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
const labelsOf = (keys: readonly string[], values: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...values), { maxKeys: 2, noNullPrototype: true });

const POD_KEYS = ['app', 'tier', 'constructor'];
const POD_VALUES = ['a', 'b', 'true', '1', ''];
const NAMESPACE_KEYS = ['name', 'team', 'kubernetes.io/metadata.name'];
const NAMESPACE_VALUES = ['x', 'y', 'ops'];

function selectorOf(keys: readonly string[], values: readonly string[]): fc.Arbitrary<JsonMap> {
  const key = fc.constantFrom(...keys);
  const listed = fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
  const expression = fc.oneof(
    fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values: listed }, { noNullPrototype: true }),
    fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }, { noNullPrototype: true }),
  );
  return fc
    .record({
      matchLabels: maybe(labelsOf(keys, values)),
      matchExpressions: maybe(fc.array(expression, { maxLength: 2 })),
    })
    .map(some);
}

const podSelector = selectorOf(POD_KEYS, POD_VALUES);
const block: fc.Arbitrary<JsonMap> = fc.constantFrom<JsonMap>(
  { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
  { cidr: '10.1.2.0/24' },
  { cidr: '0.0.0.0/0' },
  { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '203.0.113.0/24'] },
  { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] },
  { cidr: '::/0' },
);
const peer: fc.Arbitrary<JsonMap> = fc.oneof(
  fc.record({ podSelector }),
  fc.record({ namespaceSelector: selectorOf(NAMESPACE_KEYS, NAMESPACE_VALUES) }),
  fc.record({ podSelector, namespaceSelector: selectorOf(NAMESPACE_KEYS, NAMESPACE_VALUES) }),
  block.map((ipBlock) => ({ ipBlock })),
);

const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');
export const PORT_NAMES = ['http', 'dns', 'sig'];
const port: fc.Arbitrary<JsonMap> = fc.oneof(
  fc
    .record({ protocol: maybe(protocol), port: fc.constantFrom(80, 81, 82, ...PORT_NAMES, 'nosuch') })
    .map(some),
  fc
    .record({
      protocol: maybe(protocol),
      port: fc.constantFrom(79, 80),
      endPort: fc.constantFrom(80, 81, 65535),
    })
    .map(some),
  fc.record({ protocol: maybe(protocol) }).map(some),
);

const rules = (peers: 'from' | 'to') =>
  maybe(
    fc.array(
      fc
        .record({
          [peers]: maybe(fc.array(peer, { maxLength: 2 })),
          ports: maybe(fc.array(port, { maxLength: 2 })),
        })
        .map(some),
      { maxLength: 2 },
    ),
  );
const spec = fc
  .record({
    podSelector: fc.oneof(fc.constant({}), podSelector),
    policyTypes: maybe(
      fc.constantFrom<readonly string[]>(['Ingress'], ['Egress'], ['Ingress', 'Egress'], []),
    ),
    ingress: rules('from'),
    egress: rules('to'),
  })
  .map(some);
const policies = fc.array(fc.record({ ns: namespace, spec }), { maxLength: 5 }).map((all) =>
  all.map(({ ns, spec: written }, index) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `p${index}.in`, namespace: ns },
    spec: written,
  })),
);

const containerPort = fc
  .record({
    containerPort: fc.constantFrom(79, 80, 81, 82),
    protocol: maybe(protocol),
    name: maybe(fc.constantFrom(...PORT_NAMES)),
  })
  .map(some);
const pod = fc.record({
  labels: maybe(labelsOf(POD_KEYS, POD_VALUES)),
  ports: fc.array(containerPort, { maxLength: 3 }),
  more: fc.array(containerPort, { maxLength: 1 }),
  hostNetwork: maybe(fc.boolean()),
  ip: fc.constantFrom('10.1.2.3', '10.2.0.1', '2001:db8::9', '198.51.100.1'),
  kind: fc.constantFrom('Pod', 'Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'),
  name: fc.constantFrom('web', 'web.v1', 'web-v1', 'a'.repeat(80), 'world'),
  ns: namespace,
  replicas: maybe(fc.constantFrom(1, 2)),
});
type Pod = typeof pod extends fc.Arbitrary<infer T> ? T : never;

function workload({ kind, name, ns, labels, ports, more, hostNetwork, ip, replicas }: Pod): JsonMap {
  const containers = [
    { name: 'main', image: 'web:$1', ports },
    ...(more.length > 0 ? [{ name: 'side', image: 'side', ports: more }] : []),
  ];
  const podSpec = some({ containers, hostNetwork });
  const metadata = { name, namespace: ns };
  const template = { metadata: some({ labels }), spec: podSpec };
  switch (kind) {
    case 'Pod':
      return {
        apiVersion: 'v1',
        kind,
        metadata: some({ ...metadata, labels }),
        spec: podSpec,
        status: { podIP: ip },
      };
    case 'CronJob':
      return { apiVersion: 'batch/v1', kind, metadata, spec: { jobTemplate: { spec: { template } } } };
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: some({ replicas, template }) };
  }
}

const workloads = fc
  .uniqueArray(pod, { minLength: 2, maxLength: 7, selector: ({ kind, name, ns }) => `${kind} ${ns}/${name}` })
  .map((all) => all.map(workload));
const namespaces = fc
  .tuple(
    ...NAMESPACES.map((name) =>
      fc.record({ name: fc.constant(name), labels: maybe(labelsOf(['name', 'team'], NAMESPACE_VALUES)) }),
    ),
  )
  .map((all) => all.map((metadata) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: some(metadata) })));

/** A List, as text. */
export const manifests = fc
  .tuple(namespaces, workloads, policies)
  .map((parts) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: parts.flat() }, null, 1));
