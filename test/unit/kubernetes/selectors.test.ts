import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allowed, withPolicy } from './ask.ts';

type Case = readonly [what: string, selector: string, selected: readonly string[]];

const PODS = ['x/a', 'x/b', 'x/c', 'y/a'];
const EXPRESSION = (...each: readonly string[]) =>
  `{ matchExpressions: [${each.map((text) => `{ ${text} }`).join(', ')}] }`;

/** Of a policy in namespace x: the pods that it isolates. */
const TARGETS: readonly Case[] = [
  ['{} is every pod of the namespace', '{}', ['x/a', 'x/b', 'x/c']],
  ['null is as {}', 'null', ['x/a', 'x/b', 'x/c']],
  ['empty parts are as {}', '{ matchLabels: {}, matchExpressions: [] }', ['x/a', 'x/b', 'x/c']],
  ['a label', '{ matchLabels: { pod: b } }', ['x/b']],
  ['a label that no pod has', '{ matchLabels: { pod: d } }', []],
  ['all labels must hold', '{ matchLabels: { pod: b, none: b } }', []],
  ['In', EXPRESSION('key: pod, operator: In, values: [a, c, d]'), ['x/a', 'x/c']],
  ['In, absent key', EXPRESSION('key: none, operator: In, values: [a]'), []],
  ['NotIn', EXPRESSION('key: pod, operator: NotIn, values: [a, c]'), ['x/b']],
  ['NotIn, absent key', EXPRESSION('key: none, operator: NotIn, values: [a]'), ['x/a', 'x/b', 'x/c']],
  ['Exists', EXPRESSION('key: pod, operator: Exists'), ['x/a', 'x/b', 'x/c']],
  ['Exists, absent key', EXPRESSION('key: none, operator: Exists'), []],
  ['DoesNotExist', EXPRESSION('key: pod, operator: DoesNotExist'), []],
  ['DoesNotExist, absent key', EXPRESSION('key: none, operator: DoesNotExist'), ['x/a', 'x/b', 'x/c']],
  [
    'all expressions must hold',
    EXPRESSION('key: pod, operator: NotIn, values: [a]', 'key: pod, operator: NotIn, values: [c]'),
    ['x/b'],
  ],
  [
    'labels and expressions must both hold',
    '{ matchLabels: { pod: a }, matchExpressions: [{ key: pod, operator: In, values: [b] }] }',
    [],
  ],
];

const NAMED = 'kubernetes.io/metadata.name';
const FROM = ['x/b', 'x/c', 'y/a', 'y/b', 'z/c', '1.2.3.4'];

/** Of one peer of a policy for x/a: those whom it admits. */
const PEERS: readonly Case[] = [
  ['an empty podSelector is the own namespace', '{ podSelector: {} }', ['x/b', 'x/c']],
  ['a podSelector alone is the own namespace', '{ podSelector: { matchLabels: { pod: b } } }', ['x/b']],
  [
    'an empty namespaceSelector is all namespaces',
    '{ namespaceSelector: {} }',
    ['x/b', 'x/c', 'y/a', 'y/b', 'z/c'],
  ],
  ['a namespaceSelector alone', '{ namespaceSelector: { matchLabels: { ns: y } } }', ['y/a', 'y/b']],
  [
    'both empty are every pod',
    '{ namespaceSelector: {}, podSelector: {} }',
    ['x/b', 'x/c', 'y/a', 'y/b', 'z/c'],
  ],
  [
    'a podSelector with an empty namespaceSelector is in all namespaces',
    '{ namespaceSelector: {}, podSelector: { matchLabels: { pod: b } } }',
    ['x/b', 'y/b'],
  ],
  [
    'an empty podSelector with a namespaceSelector',
    '{ namespaceSelector: { matchLabels: { ns: z } }, podSelector: {} }',
    ['z/c'],
  ],
  [
    'the other namespace’s pods alone, where both are given',
    '{ namespaceSelector: { matchLabels: { ns: y } }, podSelector: { matchLabels: { pod: c } } }',
    [],
  ],
  [
    'namespaces by NotIn',
    `{ namespaceSelector: ${EXPRESSION('key: ns, operator: NotIn, values: [y, z]')} }`,
    ['x/b', 'x/c'],
  ],
  [
    'namespaces by NotIn, absent key',
    `{ namespaceSelector: ${EXPRESSION('key: none, operator: NotIn, values: [y]')} }`,
    ['x/b', 'x/c', 'y/a', 'y/b', 'z/c'],
  ],
  [
    'namespaces by Exists, absent key',
    `{ namespaceSelector: ${EXPRESSION('key: none, operator: Exists')} }`,
    [],
  ],
  [
    'namespaces by DoesNotExist',
    `{ namespaceSelector: ${EXPRESSION('key: ns, operator: DoesNotExist')} }`,
    [],
  ],
  [
    'namespaces by the default label, in an expression',
    `{ namespaceSelector: ${EXPRESSION(`key: ${NAMED}, operator: In, values: [z, nosuch]`)} }`,
    ['z/c'],
  ],
  [
    'every namespace but one, by the default label',
    `{ namespaceSelector: ${EXPRESSION(`key: ${NAMED}, operator: NotIn, values: [y]`)} }`,
    ['x/b', 'x/c', 'z/c'],
  ],
  [
    'every namespace has the default label',
    `{ namespaceSelector: ${EXPRESSION(`key: ${NAMED}, operator: Exists`)}, podSelector: { matchLabels: { pod: b } } }`,
    ['x/b', 'y/b'],
  ],
  ['a pod has no default label', `{ podSelector: ${EXPRESSION(`key: ${NAMED}, operator: Exists`)} }`, []],
];

describe('A podSelector that a policy is for', () => {
  for (const [what, selector, selected] of TARGETS)
    it(what, () => {
      const open = allowed(
        withPolicy(`podSelector: ${selector}`),
        PODS.map((pod) => `z/a ${pod}:80`),
      );
      assert.deepEqual(
        PODS.filter((pod) => !open.includes(`z/a ${pod}:80`)),
        selected,
      );
    });
});

describe('A peer of a NetworkPolicy', () => {
  for (const [what, peer, admitted] of PEERS)
    it(`to come from: ${what}`, () => {
      const policy = `podSelector: { matchLabels: { pod: a } }\ningress: [{ from: [${peer}] }]`;
      assert.deepEqual(
        allowed(
          withPolicy(policy),
          FROM.map((from) => `${from} x/a:80`),
        ),
        admitted.map((from) => `${from} x/a:80`),
      );
    });

  for (const [what, peer, admitted] of PEERS)
    it(`to go to: ${what}`, () => {
      const policy = `podSelector: { matchLabels: { pod: a } }\npolicyTypes: [Egress]\negress: [{ to: [${peer}] }]`;
      assert.deepEqual(
        allowed(
          withPolicy(policy),
          FROM.map((to) => `x/a ${to}:80`),
        ),
        admitted.map((to) => `x/a ${to}:80`),
      );
    });
});
