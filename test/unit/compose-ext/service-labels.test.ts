import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compile, loadCompose, readServiceLabels } from '../../../compose-ext/index.ts';
import { readFixture } from './fixture.ts';

/** The labels that `docker stack deploy` would put on a service of the compiled text. */
function liveLabels(text: string, service: string): Record<string, string> {
  const { file } = loadCompose(text, { file: 'shop.yaml', stack: 'shop' });
  const compiled = compile(file);
  const again = loadCompose(compiled.text, { file: 'shop.yaml', stack: 'shop' }).file;
  const found = again.services.find(({ name }) => name === service)!;
  const raw = Object.entries(found.annotations).map(([key, { text }]) => [`swarmwall.${key}`, text] as const);
  const { containerLabels } = found;
  const visible = Object.entries(found.labels).filter(([key]) => !Object.hasOwn(containerLabels, key));
  return Object.fromEntries([...visible, ...raw, ['swarmwall.compiled', found.compiled ?? '']]);
}

describe('readServiceLabels', () => {
  const text = readFixture('compile/extension.in.yaml');
  const labels = liveLabels(text, 'api');
  const read = (changed: Record<string, string> = {}, stack = 'shop', service = 'api') =>
    readServiceLabels({ stack, service, labels: { ...labels, ...changed } });

  it('gives back what the file said, with the places in it', () => {
    const { policies, settings, annotated, diagnostics, ports, labels: own } = read();
    assert.deepEqual(diagnostics, []);
    assert.equal(annotated, true);
    assert.deepEqual(settings, {
      labels: { name: 'shop', 'kubernetes.io/metadata.name': 'shop', team: 'a' },
      annotated: true,
      defaults: { ingress: 'deny', egress: 'deny' },
      mode: 'audit',
    });
    assert.deepEqual(own, { price: '$5', metrics: 'true', tier: 'back' });
    assert.deepEqual(ports, [{ protocol: 'tcp', target: 9090, mode: 'ingress', name: 'metrics' }]);
    assert.deepEqual(
      policies.map(({ name, target }) => [name, target]),
      [
        ['api.ingress', { kind: 'service', service: 'api' }],
        ['scrape', { kind: 'service', service: 'api' }],
        ['own-stack', { kind: 'service', service: 'api' }],
      ],
    );
    const lines = text.split('\n');
    const places = policies.flatMap(({ ingress }) =>
      ingress.map(({ origin }) => [origin.file, lines[origin.line - 1]!.slice(origin.column - 1)]),
    );
    assert.deepEqual(places, [
      ['shop.yaml', 'web:8080'],
      ['shop.yaml', 'world:443'],
      ['shop.yaml', 'from: [{ stackSelector: { matchLabels: { name: mon } } }]'],
      ['shop.yaml', 'from: [{ service: web }, { service: mon/prom }]'],
    ]);
  });

  it('lets the live label win, and says where it stands', () => {
    const { policies } = read({ 'swarmwall.ingress': 'web:1  db' });
    assert.deepEqual(
      policies[0]!.ingress.map(({ origin }) => origin),
      [
        { file: 'label swarmwall.ingress of shop/api', line: 1, column: 1 },
        { file: 'label swarmwall.ingress of shop/api', line: 1, column: 8 },
      ],
    );
    assert.equal(policies.length, 3);
  });

  it('reads a service that never saw compile', () => {
    const { settings, policies, annotated } = readServiceLabels({
      stack: 'shop',
      service: 'api',
      labels: { 'swarmwall.egress': 'none', a: 'b' },
    });
    assert.equal(settings, undefined);
    assert.equal(annotated, true);
    assert.deepEqual([policies[0]!.directions, policies[0]!.egress], [['egress'], []]);
    const plain = readServiceLabels({ stack: 's', service: 'x', labels: { a: 'b' } });
    assert.deepEqual([plain.annotated, plain.policies, plain.labels], [false, [], { a: 'b' }]);
  });

  it('fails closed: a broken label isolates and allows nothing', () => {
    const { policies, diagnostics } = read({ 'swarmwall.ingress': 'web:80 10.0.0.0/99' });
    assert.deepEqual([policies[0]!.directions, policies[0]!.ingress], [['ingress'], []]);
    const [{ code, file, line, column }] = diagnostics as [(typeof diagnostics)[0]];
    assert.deepEqual(
      [code, file, line, column],
      ['invalid-cidr', 'label swarmwall.ingress of shop/api', 1, 8],
    );
  });

  it('fails closed: a broken compiled label isolates both ways; raw labels still allow', () => {
    for (const broken of [
      '',
      '{',
      '[]',
      '{"v":2}',
      labels['swarmwall.compiled']!.replace('"v":1', '"v":1,"x":1'),
    ]) {
      const { policies, diagnostics, settings } = read({ 'swarmwall.compiled': broken });
      assert.equal(diagnostics[0]?.code, 'invalid-compiled-label');
      assert.equal(settings?.defaults.ingress, 'deny');
      assert.deepEqual(
        policies.map(({ name, ingress }) => [name, ingress.length]),
        [
          ['api.ingress', 2],
          ['api.compiled', 0],
        ],
      );
      assert.deepEqual(policies[1]!.directions, ['ingress', 'egress']);
    }
  });

  it('believes the service, not the label, about where it is', () => {
    const { policies, settings } = read({}, 'other', 'copy');
    for (const { stack, target } of policies) {
      assert.deepEqual([stack, target], ['other', { kind: 'service', service: 'copy' }]);
    }
    assert.equal(settings?.labels['kubernetes.io/metadata.name'], 'other');
    assert.deepEqual(policies.at(-1)!.ingress[0]!.peers, [
      { kind: 'service', service: 'web', stack: 'other' },
      { kind: 'service', stack: 'mon', service: 'prom' },
    ]);
  });

  it('cannot be told another real name of its stack', () => {
    const forged = labels['swarmwall.compiled']!.replace(
      '"team":"a"',
      '"kubernetes.io/metadata.name":"mon","team":"a"',
    );
    assert.equal(
      read({ 'swarmwall.compiled': forged }).settings?.labels['kubernetes.io/metadata.name'],
      'shop',
    );
  });

  it('never throws, and never says more than policies of this very service', () => {
    const compiled = labels['swarmwall.compiled']!;
    const mutated = fc
      .tuple(
        fc.nat(compiled.length),
        fc.nat(30),
        fc.oneof(
          fc.string({ maxLength: 5 }),
          fc.constantFrom('null', '{}', '[]', '1e99', '"__proto__":{}', '-1'),
        ),
      )
      .map(([at, cut, put]) => compiled.slice(0, at) + put + compiled.slice(at + cut));
    const json = fc.json();
    fc.assert(
      fc.property(fc.oneof(mutated, json, fc.string()), fc.string(), (value, raw) => {
        const { policies } = read({ 'swarmwall.compiled': value, 'swarmwall.ingress': raw });
        for (const { stack, target } of policies) {
          assert.deepEqual([stack, target], ['shop', { kind: 'service', service: 'api' }]);
        }
        assert.ok(policies.some(({ directions }) => directions.includes('ingress')));
      }),
      { numRuns: 500 },
    );
  });
});
