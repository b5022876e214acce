import assert from 'node:assert/strict';
import { matches } from '../../../rules/selector.ts';
import type { Expression } from '../../../compose-ext/policy-model.ts';
import { selector } from './policy-cluster.ts';

const labels = { app: 'web', tier: 'front', empty: '' };

function expression(key: string, operator: Expression['operator'], ...values: string[]) {
  return selector({}, [{ key, operator, values }]);
}

describe('A selector', () => {
  it('that is empty selects everything, labelled or not', () => {
    assert.ok(matches(selector({}), labels));
    assert.ok(matches(selector({}), {}));
  });

  it('needs every one of its labels, with just that value', () => {
    assert.ok(matches(selector({ app: 'web', tier: 'front' }), labels));
    assert.ok(!matches(selector({ app: 'web', tier: 'back' }), labels));
    assert.ok(!matches(selector({ app: 'web', zone: 'a' }), labels));
    assert.ok(matches(selector({ empty: '' }), labels));
    assert.ok(!matches(selector({ missing: '' }), labels));
  });

  it('with In needs the key and one of the values', () => {
    assert.ok(matches(expression('app', 'In', 'api', 'web'), labels));
    assert.ok(!matches(expression('app', 'In', 'api'), labels));
    assert.ok(!matches(expression('zone', 'In', 'a'), labels));
    assert.ok(!matches(expression('app', 'In'), labels));
  });

  it('with NotIn takes another value, and an absent key too', () => {
    assert.ok(matches(expression('app', 'NotIn', 'api'), labels));
    assert.ok(matches(expression('zone', 'NotIn', 'a'), labels));
    assert.ok(!matches(expression('app', 'NotIn', 'api', 'web'), labels));
  });

  it('with Exists and DoesNotExist looks at the key alone', () => {
    assert.ok(matches(expression('empty', 'Exists'), labels));
    assert.ok(!matches(expression('zone', 'Exists'), labels));
    assert.ok(matches(expression('zone', 'DoesNotExist'), labels));
    assert.ok(!matches(expression('empty', 'DoesNotExist'), labels));
  });

  it('needs its labels and its expressions together', () => {
    const both = selector({ app: 'web' }, [{ key: 'tier', operator: 'In', values: ['front'] }]);
    assert.ok(matches(both, labels));
    assert.ok(!matches(both, { app: 'web' }));
    assert.ok(!matches(both, { tier: 'front' }));
  });

  it('does not take what every object inherits for a label', () => {
    assert.ok(!matches(expression('constructor', 'Exists'), labels));
    assert.ok(matches(expression('toString', 'DoesNotExist'), labels));
    assert.ok(!matches(JSON.parse('{"matchLabels":{"__proto__":"x"},"matchExpressions":[]}'), labels));
  });
});
