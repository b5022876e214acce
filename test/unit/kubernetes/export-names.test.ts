import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { answersOf } from './same-answers.ts';
import { assertTakenByKubernetes, exported, loadStacks, manifestModel } from './exported.ts';

const PORTS = [53, 80, 81, 82];

/** What gets through is the same before and after. */
function same(...stacks: readonly (readonly [name: string, text: string])[]): readonly string[] {
  const loaded = loadStacks(
    stacks.map(([, text]) => text),
    stacks.map(([name]) => name),
  );
  const { text, rename } = exported(loaded);
  assertTakenByKubernetes(text);
  const source = answersOf(loaded, [], rename, PORTS);
  assert.deepEqual(answersOf({ model: manifestModel(text) }, [], undefined, PORTS), source);
  return source.open;
}

const server = (ports: string, ingress: string): string => `
services:
  srv: { image: s, x-swarmwall: { ports: [${ports}] }, deploy: { labels: { swarmwall.ingress: "${ingress}" } } }
  cli: { image: c, deploy: { labels: { swarmwall.egress: "srv:${ingress.split(':')[1] ?? ''}" } } }
`;

describe('An export fits names, and what means them follows:', () => {
  it('a name that is several numbers', () => {
    const open = same([
      'x',
      server('{ name: http, port: 80 }, { name: http, port: 81 }, { name: o, port: 82 }', 'cli:http'),
    ]);
    assert.deepEqual(
      open.filter((line) => line.startsWith('x/cli x/srv')),
      ['x/cli x/srv [{"protocol":"tcp","port":80,"endPort":81}]'],
    );
  });

  it('a name that is several protocols, of which the rule means one', () => {
    const ports = '{ name: dns, port: 53, protocol: UDP }, { name: dns, port: 80 }';
    assert.ok(
      same(['x', server(ports, 'cli:dns/udp')]).includes('x/cli x/srv [{"protocol":"udp","port":53}]'),
    );
  });

  it('a name in capitals beside the same in small letters', () => {
    const ports = '{ name: http, port: 80 }, { name: HTTP, port: 81 }';
    assert.ok(same(['x', server(ports, 'cli:HTTP')]).includes('x/cli x/srv [{"protocol":"tcp","port":81}]'));
  });

  it('a name in capitals where another service has it in small letters', () => {
    const text = server('{ name: http, port: 80 }', 'cli:HTTP');
    assert.deepEqual(
      same(['x', text]).filter((line) => line.startsWith('x/cli x/srv')),
      [],
    );
  });

  it('a name of a stack that Kubernetes does not take, in every kind of selector', () => {
    const peers = [
      '{ matchLabels: { kubernetes.io/metadata.name: My_Shop } }',
      '{ matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [My_Shop] }] }',
      '{ matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [my-shop, x] }] }',
      // Nobody's name: it must not become somebody's.
      '{ matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [MY_SHOP, My_Shop] }] }',
    ];
    for (const stacks of peers) {
      const one = `services: { a: { image: a } }\nx-swarmwall: { policies: [{ name: p, ingress: [{ from: [{ stackSelector: ${stacks} }] }] }] }`;
      const open = same(
        ['x', one],
        ['My_Shop', 'services: { a: { image: a } }'],
        ['my-shop', 'services: { a: { image: a } }'],
      );
      assert.deepEqual(
        open.filter((line) => line.includes(' x/a ')),
        ['my-shop-2/a x/a [{"protocol":"any"}]'],
        stacks,
      );
    }
  });

  it('a stack that is not given keeps apart from one that is', () => {
    const one = `services: { a: { image: a, deploy: { labels: { swarmwall.ingress: My_Shop/a } } } }`;
    const open = same(['x', one], ['my-shop', 'services: { a: { image: a } }']);
    assert.deepEqual(
      open.filter((line) => line.includes(' x/a ')),
      [],
    );
  });
});

describe('An export says what it cannot carry', () => {
  const cases: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
    [
      'a label that a policy asks for',
      'services: { a: { image: a, labels: { app: not this } } }\nx-swarmwall: { encrypted: false, policies: [{ name: p, serviceSelector: { matchExpressions: [{ key: app, operator: Exists }] } }] }',
      ['error unfit-label'],
    ],
    [
      'a selector',
      'services: { a: { image: a } }\nx-swarmwall: { encrypted: false, policies: [{ name: p, serviceSelector: { matchLabels: { app: not this } } }] }',
      ['error unfit-label'],
    ],
    [
      'a label that nobody asks for',
      'services: { a: { image: a, labels: { app: not this } } }',
      ['info not-exported'],
    ],
    [
      'audit',
      'services: { a: { image: a } }\nx-swarmwall: { mode: audit, encrypted: false }',
      ['error audit-mode'],
    ],
    [
      'a group, the world, and a stack that is not given',
      'services: { a: { image: a, deploy: { labels: { swarmwall.ingress: "group:office world t/b" } } } }\nx-swarmwall: { encrypted: false }',
      ['error group-not-exported', 'warning unchecked-stack', 'warning world-means-pods'],
    ],
  ];
  for (const [what, text, expected] of cases)
    it(what, () => {
      const { diagnostics } = exported(loadStacks([text], ['x']), {}, false);
      assert.deepEqual(diagnostics.map(({ severity, code }) => `${severity} ${code}`).sort(), expected);
    });
});
