import type { ManifestText } from '../compose-ext/index.ts';

export interface ManifestShape {
  readonly workloads: number;
  readonly policies: number;
}

const NAMESPACE_SIZE = 50;
/** Of what repeats: prime to the sizes above, so that every policy meets different workloads. */
const [TIERS, TEAMS] = [7, 11];

/**
 * Workloads in namespaces of 50, and policies of every kind in turn: default-deny, selectors within and across
 * namespaces, expressions, named ports that differ from pod to pod, ranges, blocks with exceptions. As JSON
 * objects, which are YAML too.
 */
export function manyManifests({ workloads, policies }: ManifestShape): ManifestText {
  const namespaces = Math.ceil(workloads / NAMESPACE_SIZE);
  const objects = [
    ...Array.from({ length: namespaces }, (_, index) => namespace(index)),
    ...Array.from({ length: workloads }, (_, index) => pod(index, namespaces)),
    ...Array.from({ length: policies }, (_, index) => policy(index, namespaces)),
  ];
  return { file: 'many.yaml', text: objects.map((each) => JSON.stringify(each)).join('\n---\n') };
}

/** Probes between all of them, on open ports and closed ones. */
export function manyProbes({ workloads }: ManifestShape, count: number) {
  const namespaces = Math.ceil(workloads / NAMESPACE_SIZE);
  const name = (index: number): string => `ns${index % namespaces}/pod${index}`;
  return Array.from({ length: count }, (_, index) => ({
    src: name((index * 37) % workloads),
    dst: name((index * 101 + Math.floor(index / workloads)) % workloads),
    protocol: index % 5 === 0 ? 'UDP' : 'TCP',
    port: index % 3 === 0 ? 'web' : 8000 + (index % 20),
  }));
}

function namespace(index: number) {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `ns${index}`, labels: { team: `team${index % TEAMS}` } },
  };
}

function pod(index: number, namespaces: number) {
  const ports = [
    { name: 'web', containerPort: 8000 + (index % 10) },
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod${index}`,
      namespace: `ns${index % namespaces}`,
      labels: { app: `app${index}`, tier: `tier${index % TIERS}` },
    },
    spec: { containers: [{ name: 'main', ports }] },
    status: { podIP: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` },
  };
}

function policy(index: number, namespaces: number) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy${index}`, namespace: `ns${index % namespaces}` },
    spec: SPECS[Math.floor(index / namespaces) % SPECS.length]?.(index),
  };
}

const tier = (index: number) => ({ matchLabels: { tier: `tier${index % TIERS}` } });

const SPECS: readonly ((index: number) => object)[] = [
  () => ({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  (index) => ({ podSelector: tier(index), ingress: [{ from: [{ podSelector: tier(index + 1) }] }] }),
  (index) => ({
    podSelector: tier(index),
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { team: `team${index % TEAMS}` } } }],
        ports: [{ port: 'web' }, { port: 9000, endPort: 9000 + (index % 50) }],
      },
    ],
  }),
  (index) => ({
    podSelector: tier(index),
    egress: [
      { to: [{ namespaceSelector: {} }], ports: [{ port: 'web' }, { protocol: 'UDP', port: 53 }] },
      {
        to: [
          {
            ipBlock: {
              cidr: `172.${16 + (index % 16)}.0.0/16`,
              except: [`172.${16 + (index % 16)}.${index % 256}.0/24`],
            },
          },
        ],
      },
    ],
  }),
  (index) => ({
    podSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: [`tier${index % TIERS}`] }] },
    ingress: [
      {
        from: [{ ipBlock: { cidr: '10.0.0.0/8', except: [`10.0.${index % 4}.0/24`] } }],
        ports: [{ port: 8005 }],
      },
      { from: [{ namespaceSelector: {}, podSelector: tier(index + 2) }], ports: [{ protocol: 'UDP' }] },
    ],
  }),
];
