import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { compile, loadCompose, type CompileOptions } from '../../../compose-ext/index.ts';
import { readFixture } from './fixture.ts';
import { modelOf } from './models.ts';

function compileText(text: string, options: CompileOptions = {}, file = 'compose.yaml') {
  const loaded = loadCompose(text, { file });
  assert.deepEqual(
    loaded.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return compile(loaded.file, options);
}

interface Written {
  readonly services: Record<
    string,
    Record<string, unknown> & { networks: unknown; deploy: { labels: unknown } }
  >;
  readonly networks: Record<string, Record<string, unknown>>;
}
const read = (text: string) => parse(text, { merge: true }) as Written;

const folder = new URL('fixtures/compile/', import.meta.url);
const inputs = readdirSync(folder).filter((name) => name.endsWith('.in.yaml'));

describe('compile', () => {
  for (const name of inputs) {
    it(`${name}: as in its golden, and again the same`, () => {
      const { text } = compileText(readFixture(`compile/${name}`), {}, name);
      const golden = name.replace('.in.', '.out.');
      // To renew the goldens: UPDATE_GOLDENS=1, then read the difference.
      if (process.env['UPDATE_GOLDENS']) writeFileSync(new URL(golden, folder), text);
      assert.equal(text, readFixture(`compile/${golden}`));
      assert.equal(compileText(text, {}, name).text, text);
      assert.equal(compileText(text, {}, 'elsewhere.yaml').text, text);
    });

    it(`${name}: keeps everything that is not its business`, () => {
      const before = readFixture(`compile/${name}`);
      const [input, output] = [read(before), read(compileText(before, {}, name).text)];
      for (const [service, written] of Object.entries(input.services)) {
        assert.deepEqual(rest(output.services[service]!), rest(written), service);
      }
    });

    it(`${name}: keeps every comment`, () => {
      const before = readFixture(`compile/${name}`);
      const { text } = compileText(before, {}, name);
      for (const comment of before.match(/(?<=^|\s)# .*$/gm) ?? [])
        assert.ok(text.includes(comment), comment);
    });
  }

  it('returns a file that is not annotated, or has errors, as it is', () => {
    for (const text of ['services: { web:   { image: a } } # odd\n', 'services: { web: 1 }\n']) {
      assert.equal(compile(loadCompose(text, { file: 'a' }).file).text, text);
    }
  });

  it('declares segments: overlay, encrypted unless told otherwise, internal where nobody meets the world', () => {
    const text =
      'services: { a: { image: x, deploy: { labels: { swarmwall.ingress: none, swarmwall.egress: none } } } }\n';
    const only = (options: CompileOptions) =>
      Object.values(read(compileText(text, options).text).networks)[0];
    const base = {
      driver: 'overlay',
      attachable: false,
      internal: true,
      labels: { 'swarmwall.segment': '1' },
    };
    assert.deepEqual(only({}), { ...base, driver_opts: { encrypted: 'true' } });
    assert.deepEqual(only({ encrypted: false }), base);
  });

  it('off: leaves networks as they are, and says which are in the clear', () => {
    const text = readFixture('compile/voting.in.yaml');
    const { text: output, segments, diagnostics } = compileText(text, { isolation: 'off' });
    assert.deepEqual(segments, []);
    assert.deepEqual(read(output).networks, read(text).networks);
    assert.ok(
      diagnostics.some(
        ({ code, message }) => code === 'network-not-encrypted' && message.includes('"front"'),
      ),
    );
    assert.equal(compileText(output, { isolation: 'off' }).text, output);
  });

  it('keeps external networks, with a warning, and services on the host network', () => {
    const { text, diagnostics } = compileText(readFixture('compile/kept.in.yaml'));
    const { services } = read(text);
    assert.ok(Object.keys(services['web']!.networks as object).includes('shared'));
    assert.deepEqual(services['agent']!.networks, ['host']);
    const codes = diagnostics.map(({ code }) => code);
    assert.ok(codes.includes('external-network-kept') && codes.includes('host-network-kept'));
  });

  it('puts a service with a network_mode in its segments: a stack deploy ignores the key', () => {
    const compiled = (rest: string) =>
      compileText(`services:
  web: { image: "web:1"${rest}, deploy: { labels: { swarmwall.egress: "db:5432" } } }
  db: { image: "db:1", deploy: { labels: { swarmwall.ingress: "web:5432" } } }
`);
    const { text, segments } = compiled(', network_mode: host');
    assert.deepEqual(segments, compiled('').segments);
    assert.deepEqual(read(text).services['web']!.networks, read(text).services['db']!.networks);
  });

  it('joins segments between stacks from either side', () => {
    const shop =
      'services: { api: { image: x, deploy: { labels: { swarmwall.ingress: "mon/prom:80" } } } }\n';
    const mon = 'services: { prom: { image: x, deploy: { labels: { swarmwall.ingress: none } } } }\n';
    const others = modelOf([shop, 'shop'], [mon, 'mon']).stacks;
    const outputs = [
      [shop, 'shop'],
      [mon, 'mon'],
    ].map(([text = '', stack = '']) => compile(loadCompose(text, { file: stack, stack }).file, { others }));
    const [mine, theirs] = outputs;
    assert.equal(mine!.external.length, 1);
    assert.deepEqual(mine!.external, theirs!.external);
    const name = mine!.external[0]!.name;
    for (const { text } of outputs) assert.deepEqual(read(text).networks[name], { external: true });
  });

  it('drops segments that a changed policy no longer needs', () => {
    const text =
      'services:\n  a: { image: x }\n  b: { image: x, deploy: { labels: { swarmwall.ingress: a } } }\n';
    const first = compileText(text).text;
    const changed = compileText(first.replace('swarmwall.ingress: a', 'swarmwall.ingress: none'));
    assert.deepEqual(
      Object.keys(read(changed.text).networks).sort(),
      changed.segments.map(({ name }) => name).sort(),
    );
    assert.equal(changed.segments.length, 2);
  });

  it('keeps the line ends of the file', () => {
    const text = readFixture('compile/voting.in.yaml').replaceAll('\n', '\r\n');
    const output = compileText(text).text;
    assert.equal(output.replaceAll('\r\n', '').includes('\n'), false);
    assert.equal(compileText(output).text, output);
  });

  it('changes nothing in its own output, whatever the file', () => {
    fc.assert(
      fc.property(files, fc.constantFrom('strict' as const, 'balanced' as const), (text, isolation) => {
        const { text: once } = compileText(text, { isolation });
        assert.equal(compileText(once, { isolation }).text, once);
        const [input, output] = [read(text), read(once)];
        for (const [service, written] of Object.entries(input.services)) {
          assert.deepEqual(rest(output.services[service]!), rest(written));
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** A service without what compile may change. */
function rest(service: Record<string, unknown>): unknown {
  const { deploy, ports } = service as { deploy?: Record<string, unknown>; ports?: unknown[] };
  const kept = Object.entries(service).filter(
    ([key]) => !['networks', 'deploy', 'labels', 'ports'].includes(key),
  );
  const settings = Object.entries(deploy ?? {}).filter(([key]) => key !== 'labels');
  return [
    kept,
    settings,
    plainLabels(deploy?.['labels']),
    plainLabels(service['labels']),
    (ports ?? []).map(withoutName),
  ];
}

function withoutName(port: unknown): unknown {
  if (typeof port !== 'object' || port === null) return port;
  return Object.fromEntries(Object.entries(port).filter(([key]) => key !== 'name'));
}

function plainLabels(labels: unknown): string[] {
  const pairs = Array.isArray(labels)
    ? labels.map(String)
    : Object.entries((labels ?? {}) as object).map(([key, value]) => `${key}=${String(value ?? '')}`);
  return pairs.filter((pair) => !pair.startsWith('swarmwall.'));
}

/** Files that share, merge, quote and lay out in many ways. */
const files: fc.Arbitrary<string> = fc
  .record({
    base: fc.constantFrom(
      '&base { image: a, networks: [front] }',
      '&base\n  image: a # the image\n  deploy: &deploy\n    replicas: 2\n    labels: { tier: x }',
    ),
    services: fc.array(
      fc.record({
        body: fc.constantFrom(
          '*base',
          '{ <<: *base }',
          '{ image: a, networks: { back: { aliases: [x, y] } } }',
          '\n    <<: *base\n    labels:\n      - swarmwall.egress=s0 world\n      - keep=me\n',
          '\n    image: a\n    # why\n    networks:\n    - front\n\n\n    deploy:\n        labels:\n            swarmwall.ingress: "s0:80   any"\n',
          '\n    image: a\n    networks: &nets [front, back]\n    deploy: { labels: [ \'swarmwall.ingress=s1 {tier=x}\', "price=$$5" ] }\n',
          '\n    image: a\n    ports:\n      - { target: 80, name: http, published: 8080 }\n    labels: { swarmwall.ingress: any, it: "it\'s \\"x\\"" }\n',
          '\n    image: a\n    deploy:\n      labels:\n        swarmwall.ingress: >-\n          s0:80\n          s1:90\n',
        ),
      }),
      { minLength: 2, maxLength: 5 },
    ),
    tail: fc.constantFrom(
      '',
      'x-swarmwall:\n  policies: [{ name: p, serviceSelector: {}, ingress: [{ from: [{ service: s1 }] }] }]\n',
      '# the end\n',
    ),
    version: fc.constantFrom('', 'version: "3.8"\n', '# My file\n\nversion: "3.8"\n', 'name: shop\n'),
  })
  .map(
    ({ base, services, tail, version }) =>
      `${version}x-base: ${base}\nservices:\n${services.map(({ body }, index) => `  s${index}: ${body}\n`).join('')}networks:\n  front:\n  back: { driver: overlay }\n${tail}`,
  );
