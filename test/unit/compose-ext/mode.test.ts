import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { buildModel, compile, loadCompose, readServiceLabels } from '../../../compose-ext/index.ts';

const read = (text: string) => loadCompose(text, { file: 'compose.yaml', stack: 'shop' });

describe('the mode of a service', () => {
  it('is read from its label or its x-swarmwall, and annotates its stack', () => {
    const { file, diagnostics } = read(`services:
  a: { image: a, deploy: { labels: { swarmwall.mode: audit } } }
  b: { image: b, x-swarmwall: { mode: audit } }
  c: { image: c, x-swarmwall: { mode: audit }, labels: [swarmwall.mode=enforce] }
  d: { image: d }
`);
    assert.deepEqual(diagnostics, []);
    assert.ok(file.annotated);
    const [stack] = buildModel([file]).model.stacks;
    assert.deepEqual(
      stack?.services.map(({ mode }) => mode),
      ['audit', 'audit', 'enforce', undefined],
    );
  });

  it('reaches the manager in a label', () => {
    const { file } = read('services:\n  b: { image: b, x-swarmwall: { mode: audit } }\n');
    assert.match(compile(file).text, /swarmwall\.mode: "?audit"?/u);
  });

  it('is audit or enforce, and on a live service enforce when it cannot be read', () => {
    const { diagnostics } = read('services:\n  a: { image: a, labels: { swarmwall.mode: off } }\n');
    assert.deepEqual(
      diagnostics.map(({ code, line }) => [code, line]),
      [['invalid-mode', 2]],
    );
    const live = (mode: string) =>
      readServiceLabels({ stack: 's', service: 'a', labels: { 'swarmwall.mode': mode } });
    assert.deepEqual([live('audit').mode, live('off').mode], ['audit', 'enforce']);
    assert.equal(live('off').diagnostics[0]?.code, 'invalid-mode');
    assert.ok(live('audit').annotated);
  });
});
