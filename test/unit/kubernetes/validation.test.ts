import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { loadManifests } from '../../../compose-ext/index.ts';

/** `line:column code` of each error and warning of one policy's spec, whose first line is line 5. */
function mistakes(spec: string, severity = 'error'): readonly string[] {
  const text = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p }
spec:
${spec}`;
  return loadManifests([{ file: 'm.yaml', text }])
    .diagnostics.filter((each) => each.severity === severity)
    .map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
}

const P = '  podSelector: {}\n';
const BLOCK = (block: string): string => `${P}  ingress: [{ from: [{ ipBlock: ${block} }] }]`;
const PORT = (port: string): string => `${P}  ingress: [{ ports: [${port}] }]`;
const SELECTOR = (expression: string): string => `  podSelector: { matchExpressions: [${expression}] }`;

const CASES: readonly (readonly [what: string, spec: string, expected: readonly string[]])[] = [
  ['nothing', `${P}  policyTypes: [Ingress]`, []],
  ['an unknown field', `${P}  ingres: []`, ['6:3 unknown-key "spec.ingres" is not a known key']],
  [
    'an unknown field of a rule',
    `${P}  ingress: [{ to: [] }]`,
    ['6:15 unknown-key "spec.ingress.0.to" is not a known key'],
  ],
  ['a wrong type', '  podSelector: []', ['5:16 invalid-value "spec.podSelector" must be a map']],
  [
    'a label that is a number',
    '  podSelector: { matchLabels: { a: 1 } }',
    ['5:36 invalid-value "spec.podSelector.matchLabels.a" must be text'],
  ],
  ['a null rule', `${P}  ingress: [null]`, ['6:13 invalid-value "spec.ingress.0" must be a map']],
  [
    'a bad type of policy',
    `${P}  policyTypes: [ingress]`,
    ['6:17 invalid-value "spec.policyTypes.0" must be one of [Ingress, Egress]'],
  ],
  [
    'a block without a CIDR',
    BLOCK('{}'),
    ['6:33 missing-key "spec.ingress.0.from.0.ipBlock.cidr" is missing'],
  ],
  ['a bad CIDR', BLOCK('{ cidr: 10.0.0.0/33 }'), ['6:41 invalid-cidr "10.0.0.0/33" is not an address block']],
  ['a bare address', BLOCK('{ cidr: 10.0.0.1 }'), ['6:41 invalid-cidr "10.0.0.1" is not an address block']],
  [
    'an exception outside',
    BLOCK('{ cidr: 10.0.0.0/8, except: [11.0.0.0/16] }'),
    ['6:62 invalid-cidr the exception 11.0.0.0/16 is not inside 10.0.0.0/8'],
  ],
  [
    'an exception that is all',
    BLOCK('{ cidr: 10.0.0.0/8, except: [10.0.0.0/8] }'),
    ['6:62 invalid-cidr the exception 10.0.0.0/8 is all of its block'],
  ],
  [
    'mixed families',
    BLOCK('{ cidr: 10.0.0.0/8, except: ["fd00::/16"] }'),
    ['6:62 invalid-cidr the exception fd00::/16 and its block 10.0.0.0/8 are of different address families'],
  ],
  [
    'an empty peer',
    `${P}  ingress: [{ from: [{}] }]`,
    ['6:22 invalid-value "spec.ingress.0.from.0" must be a peer: podSelector, namespaceSelector or ipBlock'],
  ],
  [
    'a block and a selector',
    `${P}  ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }] }]`,
    [
      '6:22 invalid-value "spec.ingress.0.from.0" mixes kinds of peers: ipBlock and podSelector cannot stand together',
    ],
  ],
  ['endPort without port', PORT('{ endPort: 90 }'), ['6:34 invalid-ports endPort needs a port']],
  [
    'endPort below port',
    PORT('{ port: 91, endPort: 90 }'),
    ['6:44 invalid-ports endPort 90 is below port 91'],
  ],
  [
    'endPort after a name',
    PORT('{ port: web, endPort: 90 }'),
    ['6:45 invalid-ports endPort needs a port that is a number'],
  ],
  [
    'port 0',
    PORT('{ port: 0 }'),
    ['6:31 invalid-value "spec.ingress.0.ports.0.port" must be greater than or equal to 1'],
  ],
  [
    'port 65536',
    PORT('{ port: 65536 }'),
    ['6:31 invalid-value "spec.ingress.0.ports.0.port" must be less than or equal to 65535'],
  ],
  ['a number as text', PORT('{ port: "80" }'), ['6:31 invalid-ports "80" is not a port name']],
  [
    'a long name',
    PORT('{ port: averyveryverylongname }'),
    ['6:31 invalid-ports "averyveryverylongname" is not a port name'],
  ],
  [
    'a bad protocol',
    PORT('{ protocol: tcp }'),
    ['6:35 invalid-value "spec.ingress.0.ports.0.protocol" must be one of [TCP, UDP, SCTP]'],
  ],
  [
    'an unknown operator',
    SELECTOR('{ key: a, operator: in, values: [b] }'),
    [
      '5:57 invalid-value "spec.podSelector.matchExpressions.0.operator" must be one of [In, NotIn, Exists, DoesNotExist]',
    ],
  ],
  [
    'In without values',
    SELECTOR('{ key: a, operator: In }'),
    ['5:37 missing-key "spec.podSelector.matchExpressions.0.values" is missing'],
  ],
  [
    'NotIn with no value',
    SELECTOR('{ key: a, operator: NotIn, values: [] }'),
    ['5:72 invalid-value "spec.podSelector.matchExpressions.0.values" must contain at least 1 items'],
  ],
  [
    'Exists with values',
    SELECTOR('{ key: a, operator: Exists, values: [b] }'),
    ['5:73 invalid-value "spec.podSelector.matchExpressions.0.values" must be empty'],
  ],
  [
    'a bad label key',
    '  podSelector: { matchLabels: { "a b": c } }',
    ['5:33 invalid-selector "a b" is not a label key'],
  ],
  [
    'a bad label value',
    '  podSelector: { matchLabels: { a: "b c" } }',
    ['5:36 invalid-selector "b c" is not a label value'],
  ],
  [
    'a key twice',
    `${P}  ingress: []\n  ingress: [{}]`,
    ['7:3 duplicate-key the key "ingress" is written twice in one map'],
  ],
];

describe('Validation of a NetworkPolicy', () => {
  for (const [what, spec, expected] of CASES)
    it(`finds ${what}`, () => assert.deepEqual(mistakes(spec), expected));

  it('finds all mistakes at once', () =>
    assert.equal(mistakes(`${P}  x: 1\n  ingress: [{ from: [{}], ports: [{ endPort: 1 }] }]`).length, 3));

  it('warns of a missing podSelector, and of rules that policyTypes leaves out', () => {
    assert.deepEqual(mistakes('  policyTypes: [Ingress]', 'warning'), [
      '5:3 missing-key "spec.podSelector" is missing: the policy selects every pod of "default"',
    ]);
    assert.deepEqual(mistakes(`${P}  policyTypes: [Ingress]\n  egress: [{}]`, 'warning'), [
      '7:11 ignored-rules the egress rules have no effect: policyTypes leaves them out',
    ]);
  });

  it('finds a missing name, a bad one, and an apiVersion that is no longer served', () => {
    const codes = (text: string): readonly string[] =>
      loadManifests([{ file: 'm.yaml', text }]).diagnostics.map(({ code }) => code);
    const policy = (metadata: string, version = 'networking.k8s.io/v1') =>
      `{ apiVersion: ${version}, kind: NetworkPolicy, metadata: ${metadata}, spec: { podSelector: {} } }`;
    assert.deepEqual(codes(policy('{}')), ['missing-key']);
    assert.deepEqual(codes(policy('{ name: A_b }')), ['invalid-value']);
    assert.deepEqual(codes(policy('{ name: a }', 'extensions/v1beta1')), ['invalid-value']);
    assert.deepEqual(codes('{ kind: NetworkPolicy }'), ['missing-key']);
    assert.deepEqual(codes('- 1'), ['invalid-root']);
    assert.deepEqual(codes('a: ['), ['invalid-yaml']);
  });
});
