import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { composeJsonSchema, nodePolicyJsonSchema, settingsJsonSchema } from '../../../compose-ext/index.ts';
import { lint } from '../compose-ext/fixture.ts';

const root = new URL('../../../', import.meta.url);
const published = new URL('docs/schema/x-swarmwall.schema.json', root);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const check = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
}).compile(composeJsonSchema());
const accepts = (text: string) => check(parse(text, { merge: true }));

const FIXTURES = 'test/unit/compose-ext/fixtures';
const good = [
  ...readdirSync(new URL(`${FIXTURES}/good`, root))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${FIXTURES}/good/${name}`),
  ...['compose', 'monitoring', 'attacker'].map((name) => `examples/voting/${name}.yaml`),
];

describe('the JSON Schema of x-swarmwall', () => {
  it('is published as joi has it now', () => {
    const now = `${JSON.stringify(composeJsonSchema(), null, 2)}\n`;
    if (process.env['SWARMWALL_UPDATE_DOCS']) writeFileSync(published, now);
    const hint = 'stale: SWARMWALL_UPDATE_DOCS=1 npx mocha test/unit/json-schema/json-schema.test.ts';
    assert.equal(readFileSync(published, 'utf8'), now, hint);
  });

  for (const path of good)
    it(`takes ${path}`, () => {
      assert.ok(accepts(read(path)), JSON.stringify(check.errors));
    });

  it('takes the examples of the documents', () => {
    for (const document of ['docs/policy-language.md', 'docs/lint.md'])
      for (const [, text = ''] of read(document).matchAll(/^```yaml\n([^]*?)^```$/gmu))
        // What follows `---` are cluster policies.
        assert.ok(accepts(text.split(/^---$/mu)[0] ?? ''), `${text}\n${JSON.stringify(check.errors)}`);
  });

  it('refuses what joi refuses, and takes what it takes', () => {
    const wrap = (text: string) => `services: { a: { image: "i:1" } }\nx-swarmwall: ${text}\n`;
    const policy = (text: string) => wrap(`{ policies: [{ name: p, ${text} }] }`);
    const from = (text: string) => policy(`ingress: [{ from: [${text}] }]`);
    const expression = (text: string) => policy(`serviceSelector: { matchExpressions: [${text}] }`);
    const bad = [
      ...[
        '{ isolaton: off }',
        '{ mode: strict }',
        '{ default: { ingress: drop } }',
        '{ encrypted: 1 }',
        '[]',
        '{ policies: [{}] }',
      ],
      ...[
        '{ lint: { a: on } }',
        '{ labels: { a: [] } }',
        '{ policies: [{ name: "a b" }] }',
        '{ policies: {} }',
      ],
    ].map(wrap);
    bad.push(policy('podSelector: {}'), policy('policyTypes: [Both]'), policy('ingress: [{ to: [] }]'));
    bad.push(
      from('{}'),
      from('{ world: false }'),
      from('{ serviceSelector: null }'),
      from('{ ipBlock: {} }'),
    );
    bad.push(
      from('{ service: a, world: true }'),
      from('{ ipBlock: { cidr: 10.0.0.0/8 }, stackSelector: {} }'),
    );
    bad.push(
      policy('ingress: [{ ports: [{ port: 0 }] }]'),
      policy('ingress: [{ ports: [{ protocol: icmp }] }]'),
    );
    bad.push(expression('{ key: a, operator: In }'), expression('{ key: a, operator: In, values: [] }'));
    bad.push(expression('{ key: a, operator: Exists, values: [x] }'), expression('{ operator: Exists }'));
    for (const text of bad) {
      assert.ok(
        lint(text).some(({ severity }) => severity === 'error'),
        `joi takes ${text}`,
      );
      assert.ok(!accepts(text), `the schema takes ${text}`);
    }
    const fine = [
      '{}',
      'null',
      '{ policies: null }',
      '{ default: null, labels: { a: 1, b: true } }',
      '{ encrypted: "${E:-true}" }',
    ].map(wrap);
    fine.push(
      from('{ serviceSelector: {}, stackSelector: {} }'),
      from('{ service: a, serviceSelector: null }'),
      from('{ group: g }'),
    );
    fine.push(
      policy('ingress: [{ ports: [{ port: 1, endPort: 65535, protocol: udp }] }]'),
      policy('ingress:'),
    );
    fine.push(
      expression('{ key: a, operator: In, values: [x] }'),
      expression('{ key: a, operator: Exists, values: [] }'),
    );
    for (const text of fine) {
      const errors = lint(text).filter(({ severity }) => severity === 'error');
      assert.deepEqual(text.includes('${') ? [] : errors, [], text);
      assert.ok(accepts(text), `${text} ${JSON.stringify(check.errors)}`);
    }
  });

  it('describes every key', () => {
    const undescribed = (schema: unknown, path: string): string[] => {
      if (typeof schema !== 'object' || schema === null) return [];
      const { properties = {}, items } = schema as {
        properties?: Record<string, { description?: string }>;
        items?: unknown;
      };
      return [
        ...Object.entries(properties).flatMap(([key, value]) => [
          ...(value.description ? [] : [`${path}.${key}`]),
          ...undescribed(value, `${path}.${key}`),
        ]),
        ...undescribed(items, `${path}[]`),
      ];
    };
    const { properties } = composeJsonSchema() as { properties: Record<string, unknown> };
    assert.deepEqual(undescribed(properties['x-swarmwall'], 'x-swarmwall'), []);
  });
});

describe('the JSON Schema of ClusterSettings', () => {
  const own = new URL('docs/schema/cluster-settings.schema.json', root);
  const valid = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false }).compile(
    settingsJsonSchema(),
  );

  it('is published as joi has it now', () => {
    const now = `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`;
    if (process.env['SWARMWALL_UPDATE_DOCS']) writeFileSync(own, now);
    const hint = 'stale: SWARMWALL_UPDATE_DOCS=1 npx mocha test/unit/json-schema/json-schema.test.ts';
    assert.equal(readFileSync(own, 'utf8'), now, hint);
  });

  it('takes the example, and no other words', () => {
    const [, example = ''] = /^```yaml\n([^]*?)^```$/mu.exec(read('docs/settings.md')) ?? [];
    assert.ok(valid(parse(example)), JSON.stringify(valid.errors));
    for (const bad of [
      '{}',
      '{ kind: ClusterSettings }',
      '{ kind: ClusterSettings, name: default, nodes: lax }',
    ])
      assert.ok(!valid(parse(bad)), bad);
  });
});

describe('the JSON Schema of NodePolicy', () => {
  const own = new URL('docs/schema/node-policy.schema.json', root);
  const valid = new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictRequired: false,
  }).compile(nodePolicyJsonSchema());

  it('is published as joi has it now', () => {
    const now = `${JSON.stringify(nodePolicyJsonSchema(), null, 2)}\n`;
    if (process.env['SWARMWALL_UPDATE_DOCS']) writeFileSync(own, now);
    const hint = 'stale: SWARMWALL_UPDATE_DOCS=1 npx mocha test/unit/json-schema/json-schema.test.ts';
    assert.equal(readFileSync(own, 'utf8'), now, hint);
  });

  it('takes the example, and no other words', () => {
    const [, example = ''] = /^```yaml\n([^]*?)^```$/mu.exec(read('docs/host-firewall.md')) ?? [];
    assert.ok(valid(parse(example)), JSON.stringify(valid.errors));
    const rule = (from: string) => `{ kind: NodePolicy, name: a, ingress: [{ from: [${from}] }] }`;
    for (const bad of ['{ kind: NodePolicy }', rule(''), rule('{}'), rule('{ any: true, nodes: true }')])
      assert.ok(!valid(parse(bad)), bad);
  });
});
