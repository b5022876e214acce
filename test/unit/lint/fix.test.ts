import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyEdits, buildModel, loadCompose } from '../../../compose-ext/index.ts';
import type { LintDiagnostic } from '../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { connectivityOf } from '../../../rules/connectivity.ts';
import { lintTexts } from './lint-texts.ts';

const isFixable = (
  each: LintDiagnostic,
): each is LintDiagnostic & { fix: NonNullable<LintDiagnostic['fix']> } => each.fix !== undefined;

/** Until nothing is left to fix. */
function fixed(text: string): string {
  for (let now = text; ;) {
    const sources = new Map([['shop.yaml', now]]);
    const { texts, done } = applyEdits(sources, lintTexts({ 'shop.yaml': now }).filter(isFixable));
    if (done.length === 0) return now;
    now = texts.get('shop.yaml') ?? now;
  }
}

const label = (text: string) => `services:
  web: { image: "i:1" }
  api: { image: "i:1", deploy: { labels: { swarmwall.ingress: ${text} } } }   # kept
`;

describe('lint: fixes', () => {
  it('change the word, and not a byte around it', () => {
    const cases: [string, string][] = [
      ['"wbe:80"', '"web:80"'],
      ["'web:80  web:80\tworld'", "'web:80  world'"],
      ['web:80 web:80', 'web:80'],
      ['"web:80,443,80"', '"web:80,443"'],
      ['"10.1.2.3/8!10.2.0.1/16:443"', '"10.0.0.0/8!10.2.0.0/16:443"'],
      ['"shop/wbe:80"', '"shop/web:80"'],
      ['"web:80-80/udp"', '"web:80/udp"'],
    ];
    for (const [before, after] of cases) assert.equal(fixed(label(before)), label(after));
  });

  it('take whole lines out of block scalars, with their line ends', () => {
    const block = (lines: readonly string[]) =>
      `services:\r\n  web: { image: "i:1" }\r\n  api:\r\n    image: i:1\r\n    deploy:\r\n      labels:\r\n        swarmwall.ingress: |\r\n${lines.map((line) => `          ${line}\r\n`).join('')}# end`;
    assert.equal(
      fixed(block(['web:80', 'world', 'web:80', 'web:81 web:81'])),
      block(['web:80', 'world', 'web:81']),
    );
  });

  it('correct a label’s name in a map and in a list, where one is nearest and free', () => {
    const map = (key: string, more = '') =>
      `services: { web: { image: "i:1", deploy: { labels: { ${key}: "none"${more} } } } }\n`;
    assert.equal(fixed(map('swarmwall.ingres')), map('swarmwall.ingress'));
    assert.equal(fixed(map('"swarmwall.Egress"')), map('"swarmwall.egress"'));
    for (const key of ['swarwmall.egress', 'swarmwall/egress', '" swarmwall.egress"'])
      assert.equal(fixed(map(key)), map(key.startsWith('"') ? '"swarmwall.egress"' : 'swarmwall.egress'));
    for (const text of [
      map('swarmwall.ngress'),
      map('swarmwall.ingres', ', swarmwall.ingress: "none"'),
      map('swarmwall.x'),
    ])
      assert.equal(fixed(text), text);
    const list = (key: string) =>
      `services: { web: { image: "i:1", deploy: { labels: ["${key}=none"] } } }\n`;
    assert.equal(fixed(list('swarmwall.ingres')), list('swarmwall.ingress'));
    const network =
      'services: { web: { image: "i:1" } }\nnetworks: { n: { labels: { swarmwall.ingres: "" } } }\n';
    assert.equal(fixed(network), network);
  });

  it('correct the service of a policy’s peer', () => {
    const text = (name: string) =>
      `services: { web: { image: "i:1" } }\nx-swarmwall: { policies: [{ name: p, ingress: [{ from: [{ service: ${name} }] }] }] }\n`;
    assert.equal(fixed(text('wbe')), text('web'));
  });

  it('never choose between two, open more than a service, or touch what a variable wrote', () => {
    const two =
      'services: { web1: { image: "i:1" }, web2: { image: "i:1", deploy: { labels: { swarmwall.egress: "web3" } } } }\n';
    for (const text of [
      two,
      label('"wrold:80"'),
      label('"ani"'),
      label('"any web"'),
      label('"web:80 ${X:-web:80}"'),
    ])
      assert.equal(fixed(text), text);
  });

  it('property: who may talk to whom stays the same in files without errors', () => {
    const port = fc.constantFrom('', ':80', ':80,443', ':80-80', ':80,80', ':79-81', ':80/udp', ':80,79-81');
    const peer = fc.constantFrom(
      'a',
      'b',
      'c',
      '{}',
      '{t=x}',
      '{t}',
      's/a',
      'stack:s',
      'world',
      'any',
      '10.1.0.0/8',
      '10.1.0.0/16',
      '10.0.0.0/8!10.1.0.0/16',
    );
    const entries = fc.array(fc.tuple(peer, port), { minLength: 1, maxLength: 6 });
    const style = fc.constantFrom('quoted', 'block', 'list');
    const service = fc.record({
      ingress: entries,
      egress: fc.option(entries),
      labelled: fc.boolean(),
      style,
    });
    fc.assert(
      fc.property(fc.tuple(service, service, service), (services) => {
        const text = compose(services);
        assert.deepEqual(errors(text), []);
        const after = fixed(text);
        assert.deepEqual(errors(after), []);
        assert.deepEqual(connections(after), connections(text));
      }),
      { numRuns: 50 },
    );
  });
});

interface Generated {
  readonly ingress: readonly (readonly [string, string])[];
  readonly egress: readonly (readonly [string, string])[] | null;
  readonly labelled: boolean;
  readonly style: string;
}

function compose(services: readonly Generated[]): string {
  const words = (entries: Generated['ingress'], style: string) => {
    const all = entries.map(([peer, ports]) => peer + ports);
    return style === 'block' ? `|\n          ${all.join('\n          ')}` : `"${all.join('  ')}"`;
  };
  const parts = services.map(({ ingress, egress, labelled, style }, index) => {
    const written = [
      ...(labelled ? [['t', 'x']] : []),
      ['swarmwall.ingress', words(ingress, style)],
      ...(egress ? [['swarmwall.egress', words(egress, style)]] : []),
    ];
    const line = ([key = '', value = '']: readonly string[]) =>
      style === 'list' ? `        - ${key}=${value.replaceAll('"', '')}` : `        ${key}: ${value}`;
    return `  ${'abc'[index]}:\n    image: i:1\n    deploy:\n      labels:\n${written.map(line).join('\n')}\n`;
  });
  return `name: s\nservices:\n${parts.join('')}`;
}

const errors = (text: string) =>
  lintTexts({ 'shop.yaml': text }).filter(({ severity }) => severity === 'error');

function connections(text: string) {
  const { model } = buildModel([loadCompose(text, { file: 'shop.yaml' }).file]);
  const externals = new Map(['203.0.113.1', '10.1.0.1', '10.2.0.1'].map((address) => [address, address]));
  return [...connectivityOf({ ...clusterFromModel(model), externals })].map(({ from, to, ports }) => ({
    from,
    to,
    ports,
  }));
}
