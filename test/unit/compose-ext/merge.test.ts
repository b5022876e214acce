import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { buildModel, compile, loadCompose } from '../../../compose-ext/index.ts';
import { load, merged, mergedService, places } from './project-text.ts';

describe('several files of one stack', () => {
  const cases: readonly (readonly [what: string, base: string, over: string, result: unknown])[] = [
    ['single values: the later', 'image: a\nuser: u', 'image: b', { image: 'b', user: 'u' }],
    [
      'maps, key by key',
      'deploy: { replicas: 1, mode: x }',
      'deploy: { replicas: 2 }',
      { deploy: { replicas: 2, mode: 'x' } },
    ],
    [
      'lists, appended',
      'security_opt: [a, b]',
      'security_opt: [b, c]',
      { security_opt: ['a', 'b', 'b', 'c'] },
    ],
    ['null changes nothing', 'cap_add: [a]\nimage: a', 'cap_add:\nimage:', { cap_add: ['a'], image: 'a' }],
    ['a set of texts once', 'cap_add: [a, b]', 'cap_add: [b, c]', { cap_add: ['a', 'b', 'c'] }],
    ['one or a list', 'dns: 1.1.1.1', 'dns: [8.8.8.8, 1.1.1.1]', { dns: ['1.1.1.1', '8.8.8.8'] }],
    [
      'environment, lists',
      'environment: [A=1, B=1]',
      'environment: [B=2, C]',
      { environment: ['A=1', 'B=2', 'C'] },
    ],
    [
      'environment, list and map',
      'environment: ["A=1", B=x=y]',
      'environment: { A: 2, C: }',
      { environment: { A: 2, B: 'x=y', C: null } },
    ],
    [
      'environment, map and list',
      'environment: { A: 1 }',
      'environment: [A=2, B]',
      { environment: { A: '2', B: null } },
    ],
    [
      'volumes, by target',
      'volumes: [aa:/x, "bb:/y:ro"]',
      'volumes: [{ type: volume, source: c, target: /y }]',
      { volumes: ['aa:/x', { type: 'volume', source: 'c', target: '/y' }] },
    ],
    [
      'secrets, by file',
      'secrets: [k, l]',
      'secrets: [{ source: k, target: k, mode: 0400 }]',
      { secrets: [{ source: 'k', target: 'k', mode: 400 }, 'l'] },
    ],
    [
      'ports, by what they publish',
      'ports: ["80:80", "81:81/udp"]',
      'ports: ["80:80", "81:81", 80]',
      { ports: ['81:81/udp', '80:80', '81:81', 80] },
    ],
    [
      'ports, long and short',
      'ports: ["80:80"]',
      'ports: [{ target: 80, published: 80, mode: host }]',
      { ports: [{ target: 80, published: 80, mode: 'host' }] },
    ],
    [
      'ports, one out of a range',
      'ports: ["80-82:90-92"]',
      'ports: ["81:91"]',
      { ports: ['80:90', '82:92', '81:91'] },
    ],
    [
      'ports of several addresses',
      'ports: ["127.0.0.1:80:80"]',
      'ports: ["80:80"]',
      { ports: ['127.0.0.1:80:80', '80:80'] },
    ],
    [
      'command and entrypoint',
      'command: [a, b]\nentrypoint: x',
      'command: c\nentrypoint: []',
      { command: 'c', entrypoint: [] },
    ],
    [
      'healthcheck.test',
      'healthcheck: { test: [a], retries: 1 }',
      'healthcheck: { test: [b] }',
      { healthcheck: { test: ['b'], retries: 1 } },
    ],
    [
      'depends_on, list and map',
      'depends_on: [a]',
      'depends_on: { b: { condition: x } }',
      { depends_on: { a: { condition: 'service_started' }, b: { condition: 'x' } } },
    ],
    [
      'networks, list and map',
      'networks: [a]',
      'networks: { b: { aliases: [c] } }',
      { networks: { a: null, b: { aliases: ['c'] } } },
    ],
    [
      'aliases',
      'networks: { a: { aliases: [x] } }',
      'networks: { a: { aliases: [y, x] } }',
      { networks: { a: { aliases: ['x', 'y'] } } },
    ],
    [
      'extra_hosts',
      'extra_hosts: ["a:1", "b:2"]',
      'extra_hosts: { a: 1, c: 3 }',
      { extra_hosts: ['a:1', 'b:2', 'c:3'] },
    ],
    [
      'logging of another driver',
      'logging: { driver: a, options: { x: 1 } }',
      'logging: { driver: b }',
      { logging: { driver: 'b' } },
    ],
    [
      'logging of the same',
      'logging: { driver: a, options: { x: 1 } }',
      'logging: { options: { y: 2 } }',
      { logging: { driver: 'a', options: { x: 1, y: 2 } } },
    ],
    [
      'build, short and long',
      'build: ./x',
      'build: { args: [A=1] }',
      { build: { context: './x', args: ['A=1'] } },
    ],
    ['!reset of a list', 'image: a\nports: ["80:80"]', 'ports: !reset []', { image: 'a' }],
    [
      '!reset of one variable',
      'environment: { A: 1, B: 2 }',
      'environment: { A: !reset null }',
      { environment: { B: 2 } },
    ],
    [
      '!override',
      'ports: ["80:80"]\ndeploy: { replicas: 1, mode: x }',
      'ports: !override ["81:81"]\ndeploy: !override { replicas: !override 3 }',
      { ports: ['81:81'], deploy: { replicas: 3 } },
    ],
  ];
  for (const [what, base, over, result] of cases)
    it(what, () => assert.deepEqual(mergedService(base, over), result));

  it('joins services, networks, secrets and the settings of x-swarmwall', () => {
    const whole = merged(
      'services: { a: { image: a } }\nnetworks: { n: { ipam: { config: [{ subnet: 10.0.0.0/24 }] } } }\nx-swarmwall: { mode: audit, labels: { k: a } }',
      'services: { b: { image: b } }\nsecrets: { s: { external: true } }\nnetworks: { n: { ipam: { config: [{ subnet: 10.0.0.0/24, gateway: 10.0.0.1 }] } } }\nx-swarmwall: { mode: enforce }',
    );
    assert.deepEqual(whole, {
      services: { a: { image: 'a' }, b: { image: 'b' } },
      networks: { n: { ipam: { config: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1' }] } } },
      'x-swarmwall': { mode: 'enforce', labels: { k: 'a' } },
      secrets: { s: { external: true } },
    });
  });

  it('shows a mistake in the file in which it is written', () => {
    const files = {
      'a.yaml': 'services:\n  w:\n    image: w\n    deploy: { labels: { swarmwall.ingress: "w:80" } }\n',
      'b.yaml':
        'services:\n  w:\n    ports: { a: 1 }\n    deploy:\n      labels:\n        - "swarmwall.egress=w:80 nobody:80"\n    networks: [none-such]\n',
      'c.yaml': 'services:\n  w: { ports: ["x"], cap_add: { a: b }, deploy: [] }\n',
    };
    const loaded = load(files, ['a.yaml', 'b.yaml', 'c.yaml']);
    assert.deepEqual(places(loaded), [
      'invalid-value b.yaml:3:12',
      'unknown-network b.yaml:7:16',
      'cannot-merge c.yaml:2:15',
      'cannot-merge c.yaml:2:49',
    ]);
    const { diagnostics } = buildModel([loaded.file]);
    assert.deepEqual(
      diagnostics.map(({ code, file, line, column }) => [code, file, line, column]),
      [['unknown-service', 'b.yaml', 6, 34]],
    );
  });

  it('keeps the first file as it is written where nothing changes', () => {
    const base =
      '# The shop.\nservices:\n  # first\n  a:\n    image: a\n    ports:\n      - "80:80" # web\n  b: { image: "b" }\n';
    const { file } = load({ 'a.yaml': base, 'b.yaml': 'services: { a: { ports: ["81:81"] } }' }, [
      'a.yaml',
      'b.yaml',
    ]);
    assert.equal(file.text, base.replace('# web\n', '# web\n      - "81:81"\n'));
  });

  it('under an empty file is the very same text, and over one the same meaning', () => {
    const services = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.record(
        {
          image: fc.constantFrom('x', 'y'),
          environment: fc.oneof(
            fc.uniqueArray(fc.constantFrom('A=1', 'B=2', 'C')),
            fc.dictionary(fc.constantFrom('A', 'B'), fc.constantFrom('1', ''), { noNullPrototype: true }),
          ),
          ports: fc.uniqueArray(fc.constantFrom('80:80', '81:81', '90-91:90-91')),
          cap_add: fc.uniqueArray(fc.constantFrom('k', 'l')),
        },
        { noNullPrototype: true },
      ),
      { minKeys: 1, noNullPrototype: true },
    );
    fc.assert(
      fc.property(services, services, services, (a, b, c) => {
        const text = (value: unknown) => JSON.stringify({ services: value }, null, 1);
        const empty = 'services: {}\n';
        const { file } = load({ 'a.yaml': text(a), 'b.yaml': empty }, ['a.yaml', 'b.yaml']);
        assert.equal(file.text, text(a));
        assert.deepEqual(merged(empty, text(a)), { services: a });
        assert.deepEqual(merged(text(a), text(a)), { services: a });
        const ab = load({ 'a.yaml': text(a), 'b.yaml': text(b) }, ['a.yaml', 'b.yaml']).file.text;
        assert.deepEqual(sorted(merged(ab, text(c))), sorted(merged(text(a), text(b), text(c))));
      }),
      { numRuns: 25 },
    );
  });

  it('compiles to one file, which compiles to itself', () => {
    const files = {
      'a.yaml':
        'services:\n  w: { image: w, ports: ["80:80"], deploy: { labels: [swarmwall.ingress=world:80] } }\n',
      'b.yaml':
        'services:\n  w:\n    deploy:\n      labels: { swarmwall.egress: "d:1" }\n  d: { image: d }\n',
    };
    const { file } = load(files, ['a.yaml', 'b.yaml']);
    const once = compile(file).text;
    assert.match(once, /"files":\["b.yaml"\]/);
    const again = loadCompose(once, { file: 'out.yaml', stack: 'shop' });
    assert.deepEqual(
      again.diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.equal(compile(again.file).text, once);
  });

  it('has a stack of fifty services in ten files, each service spread over all', () => {
    const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
    const files = Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [
        `${at}.yaml`,
        `services:\n${names
          .map((name, index) => {
            const label = `swarmwall.ingress: "${names[(index + 1) % 50]}:80"`;
            return `  ${name}: { image: i, environment: ["V${at}=1"], secrets: [k${at}], deploy: { labels: { l${at}: x, ${label} } } }`;
          })
          .join('\n')}\nsecrets: { k${at}: { external: true } }\n`,
      ]),
    );
    const { file, diagnostics } = load(files, Object.keys(files));
    assert.deepEqual(diagnostics, []);
    const compiled = compile(file);
    assert.equal(compiled.segments.length, 50);
    assert.equal(file.services.length, 50);
    assert.equal(Object.keys(file.services[49]?.labels ?? {}).length, 10);
    assert.equal([...compiled.text.matchAll(/swarmwall\.compiled/g)].length, 50);
  });
});

/** Lists in merges of different order differ in order only. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(item)).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, sorted(child)]));
}
