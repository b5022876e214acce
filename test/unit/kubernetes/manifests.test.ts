import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { loadManifests } from '../../../compose-ext/index.ts';
import { NINE } from './ask.ts';

const load = (...texts: readonly string[]) =>
  loadManifests(texts.map((text, index) => ({ file: `${index}.yaml`, text })));

const TEMPLATE =
  '{ metadata: { labels: { app: it } }, spec: { containers: [{ name: c, ports: [{ containerPort: 80, name: web }] }] } }';
const WORKLOADS = [
  `{ apiVersion: v1, kind: Pod, ${TEMPLATE.slice(2, -2).replace('metadata: {', 'metadata: { name: pod,')} }`,
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].map(
    (kind) =>
      `{ apiVersion: apps/v1, kind: ${kind}, metadata: { name: ${kind.toLowerCase()} }, spec: { template: ${TEMPLATE} } }`,
  ),
  `{ apiVersion: batch/v1, kind: Job, metadata: { name: job }, spec: { template: ${TEMPLATE} } }`,
  `{ apiVersion: batch/v1, kind: CronJob, metadata: { name: cronjob }, spec: { jobTemplate: { spec: { template: ${TEMPLATE} } } } }`,
];

describe('Manifests', () => {
  it('give each kind of workload its template’s labels and ports', () => {
    const { cluster, diagnostics } = load(WORKLOADS.join('\n---\n'));
    assert.deepEqual(diagnostics, []);
    const services = cluster.model.stacks[0]?.services ?? [];
    assert.deepEqual(
      services.map(({ stack, name }) => `${stack}/${name}`),
      ['pod', 'deployment', 'replicaset', 'statefulset', 'daemonset', 'job', 'cronjob'].map(
        (name) => `default/${name}`,
      ),
    );
    for (const { labels, ports } of services) {
      assert.deepEqual(labels, { app: 'it' });
      assert.deepEqual(ports, [{ protocol: 'tcp', target: 80, name: 'web' }]);
    }
    assert.deepEqual([...cluster.single].length, 5);
  });

  it('may be documents, lists, typed lists and JSON, and mean the same', () => {
    const one = load(NINE).cluster.model.stacks.map(({ name, labels, services }) => [
      name,
      labels,
      services.length,
    ]);
    const items = NINE.split('\n---\n').map((text) => text.replace(/^/gmu, '    ').replace(/^ {4}/u, '  - '));
    const list = load(`apiVersion: v1\nkind: List\nitems:\n${items.join('\n')}`);
    assert.deepEqual(list.diagnostics, []);
    assert.deepEqual(
      list.cluster.model.stacks.map(({ name, labels, services }) => [name, labels, services.length]),
      one,
    );
    const pods = {
      apiVersion: 'v1',
      kind: 'PodList',
      items: [
        {
          metadata: { name: 'p' },
          status: { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }] },
        },
      ],
    };
    const json = load(JSON.stringify(pods, null, '\t'));
    assert.deepEqual(json.diagnostics, []);
    assert.deepEqual([...json.cluster.addresses], [['default/p', ['10.0.0.9', 'fd00::9']]]);
  });

  it('make namespaces that are only mentioned, and hold to the default label', () => {
    const { cluster } = load(
      '{ apiVersion: v1, kind: Pod, metadata: { name: a, namespace: far } }',
      '{ apiVersion: v1, kind: Namespace, metadata: { name: own, labels: { kubernetes.io/metadata.name: x, a: b } } }',
    );
    assert.deepEqual(
      cluster.model.stacks.map(({ name, labels }) => [name, labels]),
      [
        ['own', { 'kubernetes.io/metadata.name': 'own', a: 'b' }],
        ['far', { 'kubernetes.io/metadata.name': 'far' }],
      ],
    );
  });

  it('of other kinds are named and skipped', () => {
    const { skipped, diagnostics } = load(
      '{ apiVersion: v1, kind: ConfigMap, metadata: { name: c } }\n---\n{ apiVersion: serving.knative.dev/v1, kind: Service, metadata: { name: s } }',
    );
    assert.deepEqual(skipped, [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' },
      { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 's' },
    ]);
    assert.deepEqual(
      diagnostics.map(({ severity, code, line }) => [severity, code, line]),
      [
        ['info', 'skipped-kind', 1],
        ['info', 'skipped-kind', 3],
      ],
    );
  });

  it('that were meant to be a NetworkPolicy are mistakes, and not skipped', () => {
    const G = 'networking.k8s.io';
    const cases = [
      ...['Networkpolicy', 'networkpolicy', 'NetworkPolicies', 'network-policy', 'NetworkPolcy'].map(
        (kind) => [`${G}/v1`, kind] as const,
      ),
      ['v1', 'networkpolicies'],
      ['v1', 'Networkpolicylist'],
      ['example.com/v1', 'networkpolicy'],
      [G, 'NetworkPolicy'],
      ['v1', 'NetworkPolicy'],
      ['networkin.k8s.io/v1', 'NetworkPolicy'],
    ] as const;
    for (const [apiVersion, kind] of cases) {
      const object = `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: p }, spec: { podSelector: {} } }`;
      const { skipped, diagnostics } = load(object);
      assert.deepEqual(skipped, []);
      const hint =
        kind === 'NetworkPolicy' ? `Did you mean "apiVersion: ${G}/v1"?` : 'Did you mean NetworkPolicy?';
      assert.deepEqual(
        diagnostics.map((each) => [each.severity, each.code, each.line, each.column, each.hint]),
        [['error', 'unknown-kind', 1, kind === 'NetworkPolicy' ? 15 : 23 + apiVersion.length, hint]],
        `${apiVersion} ${kind}`,
      );
    }
    for (const [apiVersion, kind] of [
      ['projectcalico.org/v3', 'NetworkPolicy'],
      ['cilium.io/v2', 'CiliumNetworkPolicy'],
      ['policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy'],
    ])
      assert.deepEqual(
        load(`{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: p } }`).diagnostics.map(
          ({ code }) => code,
        ),
        ['skipped-policy'],
      );
  });

  it('that say one thing twice are mistaken, in whichever files', () => {
    const pod = '{ apiVersion: v1, kind: Pod, metadata: { name: a } }';
    assert.deepEqual(
      load(pod, pod).diagnostics.map(({ file, code, message }) => [file, code, message]),
      [['1.yaml', 'duplicate-object', 'Pod default/a is already at 0.yaml:1']],
    );
    const set = '{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: a } }';
    const both = load(pod, set);
    assert.deepEqual(
      both.diagnostics.map(({ code }) => code),
      ['name-shared'],
    );
    assert.deepEqual(
      both.cluster.model.stacks[0]?.services.map(({ name }) => name),
      ['a', 'a.statefulset'],
    );
  });

  it('with wrong types, bad addresses or the node’s network are told', () => {
    const codes = (text: string) => load(text).diagnostics.map(({ severity, code }) => `${severity} ${code}`);
    assert.deepEqual(codes('{ apiVersion: v1, kind: Pod, metadata: { name: a, labels: { b: 1 } } }'), [
      'error invalid-value',
    ]);
    assert.deepEqual(codes('{ apiVersion: v1, kind: Pod, metadata: { name: a }, status: { podIP: x } }'), [
      'error invalid-value',
    ]);
    assert.deepEqual(
      codes('{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: { hostNetwork: true } }'),
      ['warning host-network'],
    );
  });
});
