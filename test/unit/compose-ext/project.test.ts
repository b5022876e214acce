import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { buildModel, compile, type ProjectOptions } from '../../../compose-ext/index.ts';
import { load, places, type Files } from './project-text.ts';

/** What the merged text means. */
function whole(files: Files, options: ProjectOptions = {}): Record<string, Record<string, unknown>> {
  const { file, diagnostics } = load(files, ['compose.yaml'], options);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return parse(file.text) as Record<string, Record<string, unknown>>;
}

describe('include', () => {
  it('takes in resources and policies, with paths seen from the first file, and its own .env', () => {
    const files = {
      'compose.yaml': 'include: [sub/a.yaml]\nservices: { w: { image: "w:${TAG-1}" } }\n',
      'sub/.env': 'TAG=7\nN=2\n',
      'sub/a.yaml': `services:
  a:
    image: a:\${TAG}
    env_file: [x.env, /abs.env]
    volumes: ["./data:/data", "named:/x", { type: bind, source: ../up, target: /y }]
    deploy: { replicas: "\${N}" }
    command: "$$HOME"
volumes: { named: }
secrets: { k: { file: k.txt } }
x-swarmwall: { mode: audit }
`,
    };
    assert.deepEqual(whole(files), {
      services: {
        w: { image: 'w:${TAG-1}' },
        a: {
          image: 'a:7',
          env_file: ['./sub/x.env', '/abs.env'],
          volumes: ['./sub/data:/data', 'named:/x', { type: 'bind', source: './up', target: '/y' }],
          deploy: { replicas: 2 },
          command: '$$HOME',
        },
      },
      volumes: { named: null },
      secrets: { k: { file: './sub/k.txt' } },
      'x-swarmwall': { mode: 'audit' },
    });
    assert.equal(load(files, ['compose.yaml']).file.settings.mode, 'audit');
    const env = { environment: { TAG: '9' } };
    assert.equal((whole(files, env)['services']?.['a'] as { image: string }).image, 'a:9');
  });

  it('has a long form: several paths, a project directory, env files', () => {
    const files = {
      'compose.yaml':
        'include:\n  - path: [sub/a.yaml, over.yaml]\n    project_directory: other\n    env_file: [one.env, two.env]\nservices: {}\n',
      'one.env': 'A=1\nB=1',
      'two.env': 'B=2',
      'sub/a.yaml': 'services: { a: { image: "$A$B", env_file: x.env } }',
      'over.yaml': 'services: { a: { user: u } }',
    };
    assert.deepEqual(whole(files)['services'], {
      a: { image: '12', env_file: './other/x.env', user: 'u' },
    });
  });

  it('warns of what both have, and the including file wins', () => {
    const files = {
      'compose.yaml': 'include: [a.yaml]\nservices:\n  a: { image: mine }\n',
      'a.yaml': 'services: { a: { image: theirs, user: u } }',
    };
    const loaded = load(files, ['compose.yaml']);
    assert.deepEqual(places(loaded), ['include-conflict compose.yaml:3:3']);
    assert.deepEqual((parse(loaded.file.text) as { services: unknown }).services, {
      a: { image: 'mine', user: 'u' },
    });
  });

  it('says what is wrong, and where', () => {
    const files = {
      'compose.yaml':
        'include:\n  - none.yaml\n  - https://example.com/a.yaml\n  - sub/a.yaml\n  - { paths: x }\nservices: { w: { image: w } }\n',
      'sub/a.yaml': 'include: [b.yaml]\nservices: { a: { image: a } }\n',
      'sub/b.yaml': 'include:\n  - a.yaml\nservices:\n  b: { deploy: { labels: { swarmwall.ingres: x } } }\n',
    };
    assert.deepEqual(places(load(files, ['compose.yaml'])), [
      'missing-key compose.yaml:5:5',
      'unknown-key compose.yaml:5:7',
    ]);
    const good = { ...files, 'compose.yaml': files['compose.yaml'].replace('  - { paths: x }\n', '') };
    assert.deepEqual(places(load(good, ['compose.yaml'], { target: 'compose' })), [
      'unreadable-file compose.yaml:2:5',
      'remote-file compose.yaml:3:5',
      'include-cycle sub/b.yaml:2:5',
      'unknown-label sub/b.yaml:4:28',
    ]);
  });

  it('ends soon on files that include each other twice', () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [
        at === 0 ? 'compose.yaml' : `${at}.yaml`,
        `include: [${at + 1}.yaml, ${at + 1}.yaml]\nservices: {}\n`,
      ]),
    );
    assert.ok(places(load(files, ['compose.yaml'])).some((place) => place.startsWith('too-complex')));
  });
});

describe('extends', () => {
  it('follows chains, in the file and to others', () => {
    const files = {
      'compose.yaml': `services:
  base: { image: b, cap_add: [a], deploy: { labels: { swarmwall.ingress: "any:80" } } }
  mid: { extends: base, cap_add: [b], environment: { A: 1 } }
  top: { extends: { service: mid }, image: t, environment: [A=2] }
  far: { extends: { file: sub/c.yaml, service: one }, deploy: !reset null }
`,
      'sub/c.yaml':
        'services:\n  one: { extends: { service: two, file: deep/d.yaml }, env_file: c.env, deploy: { replicas: 1 } }\n',
      'sub/deep/d.yaml': 'services: { two: { image: d, env_file: d.env } }\n',
    };
    const labels = { deploy: { labels: { 'swarmwall.ingress': 'any:80' } } };
    assert.deepEqual(whole(files)['services'], {
      base: { image: 'b', cap_add: ['a'], ...labels },
      mid: { image: 'b', cap_add: ['a', 'b'], ...labels, environment: { A: 1 } },
      top: { image: 't', cap_add: ['a', 'b'], ...labels, environment: { A: '2' } },
      far: { image: 'd', env_file: ['./sub/deep/d.env', './sub/c.env'] },
    });
  });

  it('says what is wrong, and where', () => {
    const files = {
      'compose.yaml': `services:
  a: { extends: b, image: x }
  b: { extends: a, image: x }
  c: { extends: { service: cc }, image: x }
  d: { extends: { file: d.yaml, service: x }, image: x }
  e: { extends: { file: none.yaml, service: x }, image: x }
  f: { extends: [], image: x }
`,
      'd.yaml': 'services: { y: {} }',
    };
    assert.deepEqual(places(load(files, ['compose.yaml'])), [
      'extends-cycle compose.yaml:2:17',
      'unknown-base compose.yaml:4:28',
      'unknown-base compose.yaml:5:42',
      'unreadable-file compose.yaml:6:25',
      'invalid-value compose.yaml:7:17',
    ]);
  });

  it('ends soon where thousands of services extend a large one', () => {
    const items = Array.from({ length: 5000 }, (_, at) => `k${at}`).join(',');
    const services = Array.from({ length: 5000 }, (_, at) => `  s${at}: { extends: a, security_opt: [x] }`);
    const text = `services:\n  a: { image: x, security_opt: [${items}] }\n${services.join('\n')}\n`;
    assert.ok(
      places(load({ 'compose.yaml': text }, ['compose.yaml'])).some((place) =>
        place.startsWith('too-complex'),
      ),
    );
  });
});

describe('profiles', () => {
  const files = {
    'compose.yaml': `services:
  db: { image: d, deploy: { labels: { swarmwall.ingress: "debug:1 web:2" } } }
  web: { image: w }
  debug: { image: x, profiles: [dev, test], deploy: { labels: { swarmwall.egress: "db:1" } } }
`,
  };
  const names = (profiles?: readonly string[]) => {
    const { file } = load(files, ['compose.yaml'], profiles ? { profiles } : {});
    return [Object.keys((parse(file.text) as { services: object }).services), file.inactive];
  };

  it('leave services out, or take them in', () => {
    assert.deepEqual(names(), [['db', 'web'], ['debug']]);
    assert.deepEqual(names(['other']), [['db', 'web'], ['debug']]);
    assert.deepEqual(names(['test']), [['db', 'web', 'debug'], []]);
    assert.deepEqual(names(['*']), [['db', 'web', 'debug'], []]);
  });

  it('are no reason to call a name unknown, and stay out of what docker gets', () => {
    const { file } = load(files, ['compose.yaml']);
    assert.deepEqual(buildModel([file]).diagnostics, []);
    const all = load(files, ['compose.yaml'], { profiles: ['*'], target: 'stack' });
    assert.deepEqual(all.diagnostics, []);
    assert.doesNotMatch(compile(all.file).text, /profiles/);
  });
});

describe('secrets and configs', () => {
  it('are read in both forms, and have to be declared', () => {
    const text = `services:
  w:
    image: w
    secrets: [a, { source: b, target: x, mode: 0400 }, c]
    configs: [{ source: d }, { target: y }, 5]
secrets: { a: { file: a }, b: { external: true } }
configs: { d: { content: "" , file: [x] } }
`;
    assert.deepEqual(places(load({ 'compose.yaml': text }, ['compose.yaml'])), [
      'unknown-mount compose.yaml:4:56',
      'missing-key compose.yaml:5:30',
      'invalid-value compose.yaml:5:45',
      'invalid-value compose.yaml:7:37',
    ]);
  });
});

describe('files that include, extend and override each other anyhow', () => {
  it('never throw, and places are in files', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const path = name.map((each) => `${each}.yaml`);
    const service = fc.record(
      {
        image: fc.constantFrom('x', '${V:-y}', '${'),
        extends: fc.oneof(name, fc.record({ service: name, file: path }), fc.constant(1)),
        ports: fc.oneof(fc.array(fc.constantFrom('80:80', '1-3:1-3', 'x', 5)), fc.constant('!reset []')),
        environment: fc.oneof(fc.array(fc.constantFrom('A=1', '=', 'B')), fc.dictionary(name, fc.string())),
        networks: fc.oneof(fc.array(name), fc.dictionary(name, fc.constant(null))),
        deploy: fc.record({ labels: fc.dictionary(fc.constantFrom('swarmwall.ingress', 'l'), name) }),
        profiles: fc.array(name),
        depends_on: fc.oneof(fc.array(name), fc.dictionary(name, fc.constant({}))),
      },
      { requiredKeys: [] },
    );
    const file = fc.record(
      {
        include: fc.array(
          fc.oneof(path, fc.record({ path: fc.array(path, { maxLength: 2 }), project_directory: name })),
          {
            maxLength: 2,
          },
        ),
        services: fc.dictionary(name, fc.oneof(service, fc.constant(null))),
        networks: fc.dictionary(name, fc.constant(null)),
      },
      { requiredKeys: ['services'] },
    );
    const text = (value: unknown) => JSON.stringify(value, null, 1).replaceAll('"!reset []"', '!reset []');
    fc.assert(
      fc.property(fc.tuple(file, file, file, file), (trees) => {
        const files = Object.fromEntries(trees.map((tree, at) => [`${'abcd'[at]}.yaml`, text(tree)]));
        const loaded = load(files, ['a.yaml', 'b.yaml']);
        for (const each of loaded.diagnostics) {
          const lines = (files[each.file] ?? '').split('\n');
          assert.ok(each.line >= 1 && each.line <= lines.length, JSON.stringify(each));
        }
        const once = compile(loaded.file).text;
        assert.equal(typeof once, 'string');
        if (!loaded.file.sound) return;
        const again = load({ 'out.yaml': once }, ['out.yaml']);
        assert.deepEqual(
          again.diagnostics.filter(({ severity }) => severity === 'error'),
          [],
        );
        assert.equal(compile(again.file).text, once);
      }),
      { numRuns: 60 },
    );
  });
});
