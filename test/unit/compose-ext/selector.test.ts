import assert from 'node:assert/strict';
import { matchesSelector } from '../../../compose-ext/selector.ts';
import type { Expression } from '../../../compose-ext/policy-model.ts';
import { selector } from '../rules/policy-cluster.ts';

const labels = { app: 'web', tier: 'front', empty: '' };

function expression(key: string, operator: Expression['operator'], ...values: string[]) {
  return selector({}, [{ key, operator, values }]);
}

describe('A selector', () => {
  it('that is empty selects everything, labelled or not', () => {
    assert.ok(matchesSelector(selector({}), labels));
    assert.ok(matchesSelector(selector({}), {}));
  });

  it('needs every one of its labels, with just that value', () => {
    assert.ok(matchesSelector(selector({ app: 'web', tier: 'front' }), labels));
    assert.ok(!matchesSelector(selector({ app: 'web', tier: 'back' }), labels));
    assert.ok(!matchesSelector(selector({ app: 'web', zone: 'a' }), labels));
    assert.ok(matchesSelector(selector({ empty: '' }), labels));
    assert.ok(!matchesSelector(selector({ missing: '' }), labels));
  });

  it('with In needs the key and one of the values', () => {
    assert.ok(matchesSelector(expression('app', 'In', 'api', 'web'), labels));
    assert.ok(!matchesSelector(expression('app', 'In', 'api'), labels));
    assert.ok(!matchesSelector(expression('zone', 'In', 'a'), labels));
    assert.ok(!matchesSelector(expression('app', 'In'), labels));
  });

  it('with NotIn takes another value, and an absent key too', () => {
    assert.ok(matchesSelector(expression('app', 'NotIn', 'api'), labels));
    assert.ok(matchesSelector(expression('zone', 'NotIn', 'a'), labels));
    assert.ok(!matchesSelector(expression('app', 'NotIn', 'api', 'web'), labels));
  });

  it('with Exists and DoesNotExist looks at the key alone', () => {
    assert.ok(matchesSelector(expression('empty', 'Exists'), labels));
    assert.ok(!matchesSelector(expression('zone', 'Exists'), labels));
    assert.ok(matchesSelector(expression('zone', 'DoesNotExist'), labels));
    assert.ok(!matchesSelector(expression('empty', 'DoesNotExist'), labels));
  });

  it('needs its labels and its expressions together', () => {
    const both = selector({ app: 'web' }, [{ key: 'tier', operator: 'In', values: ['front'] }]);
    assert.ok(matchesSelector(both, labels));
    assert.ok(!matchesSelector(both, { app: 'web' }));
    assert.ok(!matchesSelector(both, { tier: 'front' }));
  });

  it('does not take what every object inherits for a label', () => {
    assert.ok(!matchesSelector(expression('constructor', 'Exists'), labels));
    assert.ok(matchesSelector(expression('toString', 'DoesNotExist'), labels));
    assert.ok(
      !matchesSelector(JSON.parse('{"matchLabels":{"__proto__":"x"},"matchExpressions":[]}'), labels),
    );
  });
});
