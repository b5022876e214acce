import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildModel, compile, loadCompose, type StackModel } from '../../../compose-ext/index.ts';
import { lint, readFixture } from './fixture.ts';

function stackOf(text: string, stack?: string): StackModel {
  const { file, diagnostics } = loadCompose(text, { file: 'compose.yaml', ...(stack ? { stack } : {}) });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  const { model } = buildModel([file]);
  return model.stacks[0]!;
}

describe('loadCompose', () => {
  it('names the stack by option, then by name:, then default', () => {
    const text = 'name: shop\nservices: { web: { image: a } }\n';
    assert.equal(stackOf(text, 'prod').name, 'prod');
    assert.equal(stackOf(text).name, 'shop');
    assert.equal(stackOf('services: { web: { image: a } }').name, 'default');
  });

  it('leaves a file without annotations open', () => {
    const stack = stackOf('services: { web: { image: a, labels: { a: 1 } } }');
    assert.equal(stack.annotated, false);
    assert.deepEqual(stack.defaults, { ingress: 'allow', egress: 'allow' });
  });

  it('reads labels as map and list, with values that are not text', () => {
    const stack = stackOf(readFixture('good/labels.yaml'));
    const labels = Object.fromEntries(stack.services.map((service) => [service.name, service.labels]));
    assert.deepEqual(labels, {
      map: { text: 'a', yes: 'true', number: '5', nothing: '', money: '$5' },
      list: { text: 'a=b', bare: '' },
      both: { text: 'deploy', only: 'labels' },
      merged: { text: 'a', yes: 'false', number: '5', nothing: '', money: '$5' },
    });
  });

  it('reads ports in every form', () => {
    const [web, api] = stackOf(readFixture('good/ports.yaml')).services;
    const short = (ports: StackModel['services'][number]['ports']) =>
      ports.map(({ published, target, protocol, mode, name }) =>
        [published ?? '', target, protocol, mode ?? '', name ?? ''].join(' ').trim(),
      );
    assert.deepEqual(short(web!.ports), [
      '80 tcp ingress',
      '8080 80 tcp ingress',
      '8081 81 udp ingress',
      '82 82 tcp ingress',
      '3000 4000 tcp ingress',
      '3001 4001 tcp ingress',
      '9000 tcp ingress',
      '8443 443 tcp host https',
      '444 sctp ingress',
      '7070 70 tcp ingress',
    ]);
    assert.deepEqual(short(api!.ports), ['80 tcp', '90 udp', '100 tcp', '101 tcp']);
  });

  it('places each label entry, also through aliases, quotes, folds and blocks', () => {
    const text = readFixture('good/positions.yaml');
    const lines = text.split('\n');
    const written = stackOf(text).policies.flatMap(({ ingress, egress }) =>
      [...ingress, ...egress].map(
        ({ origin }) => lines[origin.line - 1]!.slice(origin.column - 1).split(/[\s"']/)[0],
      ),
    );
    assert.deepEqual(written, [
      'world:80',
      'api:1',
      'api:2',
      'api:3',
      'web:4',
      'web:5',
      'world:6',
      'world:80',
      'api:1',
      'web:7',
      'world:8',
    ]);
  });

  it('reads x-swarmwall with Kubernetes semantics', () => {
    const stack = stackOf(readFixture('good/extension.yaml'));
    const { labels, defaults, mode, encrypted, isolation } = stack;
    assert.deepEqual(labels, { name: 'shop', 'kubernetes.io/metadata.name': 'shop', team: 'a' });
    assert.deepEqual(
      { defaults, mode, encrypted, isolation },
      {
        defaults: { ingress: 'allow', egress: 'deny' },
        mode: 'audit',
        encrypted: false,
        isolation: 'balanced',
      },
    );
    const directions = Object.fromEntries(
      stack.policies.map((policy) => [policy.name, policy.directions.join()]),
    );
    assert.deepEqual(directions, { all: 'ingress', both: 'ingress,egress', out: 'egress', empty: 'ingress' });
    const [all, both] = stack.policies;
    assert.deepEqual(all!.target, { kind: 'selector', services: { matchLabels: {}, matchExpressions: [] } });
    assert.deepEqual(
      all!.ingress.map(({ peers, ports }) => [peers.length, ports.length]),
      [
        [0, 0],
        [0, 0],
        [0, 1],
      ],
    );
    assert.deepEqual(both!.ingress[0]!.peers, [
      { kind: 'selector', stacks: { matchLabels: {}, matchExpressions: [] } },
      { kind: 'selector', services: { matchLabels: { app: 'web' }, matchExpressions: [] } },
      { kind: 'ipBlock', cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] },
      { kind: 'service', stack: 'shop', service: 'web' },
      { kind: 'service', stack: 'mon', service: 'prom' },
      { kind: 'world' },
    ]);
    assert.deepEqual(both!.egress[0]!.ports, [
      { protocol: 'tcp' },
      { protocol: 'udp', port: 53 },
      { protocol: 'sctp', port: 1, endPort: 9 },
      { protocol: 'tcp', port: 'http' },
    ]);
  });

  it('allows nothing by a label with a mistake, but isolates', () => {
    const label = (value: string) =>
      `services: { web: { image: a, deploy: { labels: { swarmwall.ingress: "${value}" } } } }`;
    const { file } = loadCompose(label('world:80 web:x/y/z'), { file: 'a' });
    const [policy] = buildModel([file]).model.stacks[0]!.policies;
    assert.deepEqual([policy!.directions, policy!.ingress, file.sound], [['ingress'], [], false]);
  });

  it('checks other stacks only when they are given', () => {
    const load = (text: string, stack: string) => loadCompose(text, { file: stack, stack }).file;
    const shop = load(
      'services: { web: { image: a, deploy: { labels: { swarmwall.ingress: "mon/pron" } } } }',
      'shop',
    );
    const mon = load('services: { prom: { image: a } }', 'mon');
    assert.deepEqual(buildModel([shop]).diagnostics, []);
    const [diagnostic] = buildModel([shop, mon]).diagnostics;
    assert.deepEqual([diagnostic?.code, diagnostic?.hint], ['unknown-service', 'Did you mean "prom"?']);
    assert.equal(buildModel([mon, mon]).diagnostics[0]?.code, 'duplicate-stack');
  });

  it('never throws, whatever the text', () => {
    const seeds = [
      'good/labels.yaml',
      'good/positions.yaml',
      'good/extension.yaml',
      'bad/through-alias.yaml',
    ].map(readFixture);
    const snippet = fc.constantFrom(
      '*',
      '&a ',
      '<<: ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '\n',
      '\t',
      ': ',
      '- ',
      '!',
      '? ',
      '|',
      '---\n',
      '__proto__: ',
      'null',
      '0x',
    );
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(12), fc.oneof(snippet, fc.string())), {
          minLength: 1,
          maxLength: 4,
        }),
      )
      .map(([text, edits]) =>
        edits.reduce(
          (now, [at, cut, put]) =>
            now.slice(0, at % (now.length + 1)) + put + now.slice((at % (now.length + 1)) + cut),
          text,
        ),
      );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mutated), (text) => {
        for (const { line, column } of lint(text)) assert.ok(line >= 1 && column >= 1);
        compile(loadCompose(text, { file: 'a' }).file);
      }),
      { numRuns: 400 },
    );
  });

  it('ends soon on text made to be slow', () => {
    const slow = [
      '['.repeat(50_000),
      'a: '.repeat(20_000),
      `services: { a: { image: x } }\nx: {${Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join(',')}}`,
      `${'a'.repeat(3_000_000)}`,
      readFixture('bad/alias-bomb.yaml'),
    ];
    for (const text of slow) lint(text);
  });
});
