import assert from 'node:assert/strict';
import { createReach, matchesSelector, type Selector } from '../../../compose-ext/index.ts';
import { modelOf } from './models.ts';

/** Label texts by service: `[ingress, egress]`, undefined for no label. */
function talks(
  services: Record<string, readonly [ingress?: string | undefined, egress?: string | undefined]>,
  extension = '{}',
) {
  const text = Object.entries(services)
    .map(([name, [ingress, egress]]) => {
      const labels = JSON.stringify({ 'swarmwall.ingress': ingress, 'swarmwall.egress': egress, name });
      return `  ${name}: { image: x, ports: [{ target: 80, name: web }], deploy: { labels: ${labels} } }\n`;
    })
    .join('');
  const reach = createReach(modelOf(`services:\n${text}x-swarmwall: ${extension}\n`));
  return (from: string, to: string) => reach.mayTalk(`shop/${from}`, `shop/${to}`);
}

describe('reach', () => {
  it('denies ingress and allows egress by default', () => {
    const may = talks({ a: ['b'], b: [] });
    assert.deepEqual([may('b', 'a'), may('a', 'b'), may('a', 'a')], [true, false, false]);
  });

  it('follows the defaults of the stack', () => {
    const may = talks({ a: [], b: [undefined, 'any'] }, '{ default: { ingress: allow, egress: deny } }');
    assert.deepEqual([may('a', 'b'), may('b', 'a')], [false, true]);
  });

  it('needs one port that both sides allow, of one protocol', () => {
    assert.equal(talks({ a: ['b:80'], b: [undefined, 'a:443'] })('b', 'a'), false);
    assert.equal(talks({ a: ['b:80'], b: [undefined, 'a:80/udp'] })('b', 'a'), false);
    assert.equal(talks({ a: ['b:80-90'], b: [undefined, 'a:90-99'] })('b', 'a'), true);
    assert.equal(talks({ a: ['b'], b: [undefined, 'a:90/udp'] })('b', 'a'), true);
  });

  it('reads a named port at the destination', () => {
    assert.equal(talks({ a: ['b:80'], b: [undefined, 'a:web'] })('b', 'a'), true);
    assert.equal(talks({ a: ['b:81'], b: [undefined, 'a:web'] })('b', 'a'), false);
    assert.equal(talks({ a: ['b:other'], b: [] })('b', 'a'), false);
  });

  it('adds policies up', () => {
    const may = talks(
      { a: ['none'], b: [] },
      '{ policies: [{ name: p, ingress: [{ from: [{ service: b }] }] }] }',
    );
    assert.deepEqual([may('b', 'a'), may('a', 'b'), may('b', 'b')], [true, false, true]);
  });

  it('takes the world for no service', () => {
    assert.equal(talks({ a: ['world 0.0.0.0/0'], b: [] })('b', 'a'), false);
    assert.equal(talks({ a: ['any'], b: [] })('b', 'a'), true);
  });

  it('matches selectors as Kubernetes does', () => {
    const select = (
      key: string,
      operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
      ...values: string[]
    ): Selector => ({
      matchLabels: {},
      matchExpressions: [{ key, operator, values }],
    });
    const labels = { a: '1' };
    assert.equal(matchesSelector({ matchLabels: {}, matchExpressions: [] }, {}), true);
    assert.equal(matchesSelector({ matchLabels: { a: '1', b: '2' }, matchExpressions: [] }, labels), false);
    assert.equal(matchesSelector(select('a', 'In', '1', '2'), labels), true);
    assert.equal(matchesSelector(select('b', 'In', ''), labels), false);
    assert.equal(matchesSelector(select('b', 'NotIn', '1'), labels), true);
    assert.equal(matchesSelector(select('a', 'NotIn', '1'), labels), false);
    assert.equal(matchesSelector(select('a', 'Exists'), labels), true);
    assert.equal(matchesSelector(select('constructor', 'Exists'), labels), false);
    assert.equal(matchesSelector(select('toString', 'DoesNotExist'), labels), true);
  });
});
