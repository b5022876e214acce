import assert from 'node:assert/strict';
import { loadManifests } from '../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { answerProbes, type Probe, type ProbeAnswer } from '../../../rules/probe.ts';

/** `x/a x/b:80`, `x/a x/b:53/udp`, `10.0.0.1 x/b:http`. */
export function probe(text: string): Probe {
  const [src = '', target = ''] = text.split(' ');
  const [, dst = '', port = '', protocol = 'TCP'] = /^(.*):([^:/]+)(?:\/(\w+))?$/u.exec(target) ?? [];
  return { src, dst, protocol, port: /^\d+$/u.test(port) ? Number(port) : port };
}

export function clusterOf(manifests: string) {
  const { cluster, diagnostics } = loadManifests([{ file: 'm.yaml', text: manifests }]);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return { ...clusterFromModel(cluster.model), addresses: cluster.addresses, single: cluster.single };
}

export function ask(manifests: string, questions: readonly string[]): readonly ProbeAnswer[] {
  const { answers, problems } = answerProbes(clusterOf(manifests), questions.map(probe));
  assert.deepEqual(problems, []);
  return [...answers];
}

/** Of these probes, those that are allowed. */
export function allowed(manifests: string, questions: readonly string[]): readonly string[] {
  const answers = ask(manifests, questions);
  return questions.filter((_, index) => answers[index]?.allowed);
}

/** Namespaces x, y, z with pods a, b, c each, labelled `pod`; every pod serves 80 and 81 on TCP, UDP and SCTP. */
export const NINE = ['x', 'y', 'z']
  .flatMap((ns) => [
    `apiVersion: v1
kind: Namespace
metadata: { name: ${ns}, labels: { ns: ${ns} } }`,
    ...['a', 'b', 'c'].map(
      (pod, index) => `apiVersion: v1
kind: Pod
metadata: { name: ${pod}, namespace: ${ns}, labels: { pod: ${pod} } }
spec:
  containers:
    - name: main
      ports:
        - { containerPort: ${80 + index}, name: web }
        - { containerPort: 53, name: dns, protocol: UDP }
        - { containerPort: 7777, name: sig, protocol: SCTP }
status: { podIP: 10.${ns.charCodeAt(0)}.0.${index + 1} }`,
    ),
  ])
  .join('\n---\n');

/** NINE with one policy in namespace x for pod a, given its spec's other lines. */
export function withPolicy(...specs: readonly string[]): string {
  const policies = specs.map(
    (spec, index) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p${index}, namespace: x }
spec:
${spec
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}`,
  );
  return [NINE, ...policies].join('\n---\n');
}
