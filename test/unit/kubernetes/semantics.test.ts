import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allowed, withPolicy } from './ask.ts';

const A = 'podSelector: { matchLabels: { pod: a } }';
const TO_A = ['x/b x/a:80', 'x/c x/a:80', 'y/a x/a:80', 'y/b x/a:80', 'z/c x/a:80', '1.2.3.4 x/a:80'];
const FROM_A = ['x/a x/b:80', 'x/a y/b:80', 'x/a z/c:80', 'x/a 1.2.3.4:80'];
const of = (ns: string, list: readonly string[]) => list.filter((each) => each.includes(`${ns}/`));

interface Case {
  readonly what: string;
  readonly policies: readonly string[];
  readonly probes: readonly string[];
  readonly expected: readonly string[];
}

const FROM = (peers: string): readonly string[] => [`${A}\ningress: [{ from: ${peers} }]`];
const TO = (peers: string): readonly string[] => [`${A}\negress: [{ to: ${peers} }]\npolicyTypes: [Egress]`];

const CASES: readonly Case[] = [
  {
    what: 'no policy isolates nothing',
    policies: [],
    probes: [...TO_A, ...FROM_A],
    expected: [...TO_A, ...FROM_A],
  },
  {
    what: 'an empty podSelector selects every pod of its namespace, and no other',
    policies: ['podSelector: {}'],
    probes: ['y/a x/a:80', 'y/a x/b:80', 'x/a y/b:80', 'y/a z/a:80'],
    expected: ['x/a y/b:80', 'y/a z/a:80'],
  },
  {
    what: 'a missing podSelector selects every pod of its namespace',
    policies: ['policyTypes: [Ingress]'],
    probes: ['y/a x/a:80', 'y/a x/b:80', 'y/a z/a:80'],
    expected: ['y/a z/a:80'],
  },
  { what: 'no ingress rules deny', policies: [A], probes: TO_A, expected: [] },
  {
    what: 'an empty list of ingress rules denies',
    policies: [`${A}\ningress: []`],
    probes: TO_A,
    expected: [],
  },
  { what: 'an empty rule allows all', policies: [`${A}\ningress: [{}]`], probes: TO_A, expected: TO_A },
  { what: 'an empty from is everyone', policies: FROM('[]'), probes: TO_A, expected: TO_A },
  { what: 'a null from is everyone', policies: FROM('null'), probes: TO_A, expected: TO_A },
  {
    what: 'an empty podSelector is the policy’s own namespace',
    policies: FROM('[{ podSelector: {} }]'),
    probes: TO_A,
    expected: of('x', ['x/b x/a:80', 'x/c x/a:80']),
  },
  {
    what: 'an empty namespaceSelector is every pod of every namespace, and nobody outside',
    policies: FROM('[{ namespaceSelector: {} }]'),
    probes: TO_A,
    expected: TO_A.filter((each) => !each.startsWith('1.')),
  },
  {
    what: 'a null podSelector beside a namespaceSelector is not written',
    policies: FROM('[{ podSelector: null, namespaceSelector: { matchLabels: { ns: y } } }]'),
    probes: TO_A,
    expected: ['y/a x/a:80', 'y/b x/a:80'],
  },
  {
    what: 'both selectors in one peer must hold',
    policies: FROM(
      '[{ podSelector: { matchLabels: { pod: b } }, namespaceSelector: { matchLabels: { ns: y } } }]',
    ),
    probes: TO_A,
    expected: ['y/b x/a:80'],
  },
  {
    what: 'two peers are either',
    policies: FROM(
      '[{ podSelector: { matchLabels: { pod: b } } }, { namespaceSelector: { matchLabels: { ns: z } } }]',
    ),
    probes: TO_A,
    expected: ['x/b x/a:80', 'z/c x/a:80'],
  },
  {
    what: 'the default label names a namespace',
    policies: FROM('[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: z } } }]'),
    probes: TO_A,
    expected: ['z/c x/a:80'],
  },
  {
    what: 'a namespace has no label "name" of its own',
    policies: FROM('[{ namespaceSelector: { matchLabels: { name: z } } }]'),
    probes: TO_A,
    expected: [],
  },
  {
    what: 'In and NotIn',
    policies: FROM(
      '[{ namespaceSelector: { matchExpressions: [{ key: ns, operator: In, values: [y, z] }] }, podSelector: { matchExpressions: [{ key: pod, operator: NotIn, values: [b] }] } }]',
    ),
    probes: TO_A,
    expected: ['y/a x/a:80', 'z/c x/a:80'],
  },
  {
    what: 'NotIn holds for an absent key',
    policies: FROM('[{ podSelector: { matchExpressions: [{ key: none, operator: NotIn, values: [b] }] } }]'),
    probes: TO_A,
    expected: ['x/b x/a:80', 'x/c x/a:80'],
  },
  {
    what: 'Exists and DoesNotExist',
    policies: FROM(
      '[{ podSelector: { matchExpressions: [{ key: pod, operator: Exists }, { key: none, operator: DoesNotExist }] } }]',
    ),
    probes: TO_A,
    expected: ['x/b x/a:80', 'x/c x/a:80'],
  },
  {
    what: 'Exists of an absent key selects nobody',
    policies: FROM(
      '[{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: none, operator: Exists }] } }]',
    ),
    probes: TO_A,
    expected: [],
  },
  {
    what: 'several rules add up',
    policies: [
      `${A}\ningress: [{ from: [{ podSelector: { matchLabels: { pod: b } } }] }, { ports: [{ port: 81 }] }]`,
    ],
    probes: ['x/b x/a:80', 'x/c x/a:80', 'x/c x/a:81', '1.2.3.4 x/a:81'],
    expected: ['x/b x/a:80', 'x/c x/a:81', '1.2.3.4 x/a:81'],
  },
  {
    what: 'several policies add up',
    policies: [
      ...FROM('[{ podSelector: { matchLabels: { pod: b } } }]'),
      'podSelector: {}',
      `${A}\ningress: [{ ports: [{ port: 81 }] }]`,
    ],
    probes: ['x/b x/a:80', 'x/c x/a:80', 'x/c x/a:81', 'x/a x/b:80'],
    expected: ['x/b x/a:80', 'x/c x/a:81'],
  },
  {
    what: 'without policyTypes, egress rules isolate both directions',
    policies: [`${A}\negress: [{}]`],
    probes: [...TO_A, ...FROM_A],
    expected: FROM_A,
  },
  {
    what: 'without policyTypes, an empty list of egress rules isolates ingress only',
    policies: [`${A}\negress: []`],
    probes: [...TO_A, ...FROM_A],
    expected: FROM_A,
  },
  {
    what: 'an empty list of policyTypes is as none',
    policies: [`${A}\npolicyTypes: []`],
    probes: [...TO_A, ...FROM_A],
    expected: FROM_A,
  },
  {
    what: 'Egress alone leaves ingress open',
    policies: [`${A}\npolicyTypes: [Egress]`],
    probes: [...TO_A, ...FROM_A],
    expected: TO_A,
  },
  {
    what: 'rules of a direction that policyTypes leaves out mean nothing',
    policies: [`${A}\npolicyTypes: [Ingress]\negress: [{ ports: [{ port: 1 }] }]`],
    probes: [...TO_A, ...FROM_A],
    expected: FROM_A,
  },
  {
    what: 'both directions deny both',
    policies: [`${A}\npolicyTypes: [Ingress, Egress]`],
    probes: [...TO_A, ...FROM_A],
    expected: [],
  },
  {
    what: 'egress to a namespace',
    policies: TO('[{ namespaceSelector: { matchLabels: { ns: y } } }]'),
    probes: FROM_A,
    expected: ['x/a y/b:80'],
  },
  {
    what: 'a connection needs both sides',
    policies: [
      `${A}\npolicyTypes: [Egress]\negress: [{ to: [{ podSelector: {} }] }]`,
      'podSelector: { matchLabels: { pod: b } }',
    ],
    probes: ['x/a x/b:80', 'x/a x/c:80', 'x/c x/b:80'],
    expected: ['x/a x/c:80'],
  },
];

describe('A NetworkPolicy', () => {
  for (const { what, policies, probes, expected } of CASES)
    it(what, () => assert.deepEqual(allowed(withPolicy(...policies), probes), expected));
});
