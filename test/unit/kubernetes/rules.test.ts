import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allowed, withPolicy } from './ask.ts';

const A = 'podSelector: { matchLabels: { pod: a } }';
const IN = ['x/b x/a:80', 'y/a x/a:80', '1.2.3.4 x/a:80', 'y/a x/a:53/udp'];
const OUT = ['x/a x/b:80', 'x/a y/a:80', 'x/a 1.2.3.4:80', 'x/a y/a:53/udp'];
const BOTH = [...IN, ...OUT];

/** What a policy for x/a leaves of all of these. */
const CASES: readonly (readonly [spec: string, left: readonly string[]])[] = [
  // Types by default: Ingress, and Egress where there is a rule of it.
  ['', OUT],
  ['ingress: []', OUT],
  ['ingress: null', OUT],
  ['ingress: [{}]', BOTH],
  ['egress: []', OUT],
  ['egress: null', OUT],
  ['egress: [{}]', OUT],
  ['egress: [{ to: [{ podSelector: {} }] }]', ['x/a x/b:80']],
  ['ingress: [{}]\negress: [{}]', BOTH],
  ['policyTypes: null', OUT],
  // Types as written.
  ['policyTypes: [Ingress]', OUT],
  ['policyTypes: [Ingress]\negress: [{ to: [{ podSelector: {} }] }]', OUT],
  ['policyTypes: [Egress]', IN],
  ['policyTypes: [Egress]\ningress: [{ from: [{ podSelector: {} }] }]', IN],
  ['policyTypes: [Egress]\negress: []', IN],
  ['policyTypes: [Egress]\negress: null', IN],
  ['policyTypes: [Egress]\negress: [{}]', BOTH],
  ['policyTypes: [Ingress, Egress]', []],
  ['policyTypes: [Ingress, Egress]\ningress: [{}]', IN],
  ['policyTypes: [Ingress, Egress]\negress: [{}]', OUT],
  ['policyTypes: [Ingress, Egress]\ningress: [{}]\negress: [{}]', BOTH],
  // No peers are everyone, no ports are all of them.
  ['ingress: [{ from: [], ports: [] }]', BOTH],
  ['ingress: [{ from: null, ports: null }]', BOTH],
  ['policyTypes: [Egress]\negress: [{ to: [], ports: [] }]', BOTH],
  ['policyTypes: [Egress]\negress: [{ to: null, ports: null }]', BOTH],
  ['ingress: [{ ports: [{ port: 80 }] }]', [...IN.slice(0, 3), ...OUT]],
  [
    'policyTypes: [Egress]\negress: [{ to: [], ports: [{ protocol: UDP, port: 53 }] }]',
    [...IN, 'x/a y/a:53/udp'],
  ],
  [
    'ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: y } } }] }]',
    ['y/a x/a:80', 'y/a x/a:53/udp', ...OUT],
  ],
  // Ports and peers of one rule must both hold; of two rules, either.
  [
    'ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: y } } }], ports: [{ port: 80 }] }]',
    ['y/a x/a:80', ...OUT],
  ],
  [
    'ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: y } } }] }, { ports: [{ port: 80 }] }]',
    [...IN, ...OUT],
  ],
  ['ingress: [{ from: [{ podSelector: {} }] }, {}]', BOTH],
];

describe('The rules of a NetworkPolicy', () => {
  for (const [spec, left] of CASES)
    it(spec.replaceAll('\n', ', ') || 'none', () =>
      assert.deepEqual(allowed(withPolicy(`${A}\n${spec}`), BOTH), left),
    );

  it('of several policies add up by direction: one isolates, another allows', () => {
    const open = `${A}\ningress: [{ from: [{ podSelector: {} }] }]`;
    const others = `podSelector: {}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { ns: y } } }], ports: [{ port: 80 }] }]`;
    const out = `${A}\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: { cidr: 1.0.0.0/8 } }] }]`;
    assert.deepEqual(allowed(withPolicy(open, others, out), BOTH), [
      'x/b x/a:80',
      'y/a x/a:80',
      'x/a 1.2.3.4:80',
    ]);
    assert.deepEqual(allowed(withPolicy(out, others, open), BOTH), [
      'x/b x/a:80',
      'y/a x/a:80',
      'x/a 1.2.3.4:80',
    ]);
  });

  it('are of the policy’s own namespace, whatever others are called', () => {
    const two = `${withPolicy(`${A}\ningress: [{ from: [{ podSelector: {} }] }]`)}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p0, namespace: y }
spec: { podSelector: { matchLabels: { pod: a } }, ingress: [{ from: [{ podSelector: {} }] }] }`;
    assert.deepEqual(allowed(two, ['x/b x/a:80', 'y/b x/a:80', 'x/b y/a:80', 'y/b y/a:80', 'x/b z/a:80']), [
      'x/b x/a:80',
      'y/b y/a:80',
      'x/b z/a:80',
    ]);
  });
});
