import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { connectivityOf } from '../../../rules/connectivity.ts';
import { createEvaluator, type Place } from '../../../rules/evaluator.ts';
import { cluster } from '../rules/policy-arbitrary.ts';

describe('Connectivity', () => {
  it('is what the evaluator says of every pair', () => {
    const externals = new Map([
      ['world', '1.0.0.1'],
      ['inside', '198.51.100.1'],
      ['excepted', '198.51.100.9'],
    ]);
    const own = fc.constantFrom('198.51.100.2', '198.51.100.10', '10.0.0.1', 'fd00::1');
    const addresses = fc.dictionary(
      fc.constantFrom('s/a', 't/b', 'u/c'),
      own.map((each) => [each]),
    );
    fc.assert(
      fc.property(cluster, addresses, (given, written) => {
        const { services } = given;
        const input = { ...given, addresses: new Map(Object.entries(written)) };
        const evaluator = createEvaluator(input);
        const place = (name: string): Place => {
          const address = externals.get(name);
          return address === undefined ? { service: name } : { address };
        };
        const names = [...services.map(({ key }) => key), ...externals.keys()];
        const expected = names.flatMap((from) =>
          names
            .filter((to) => from !== to && !(externals.has(from) && externals.has(to)))
            .map((to) => ({ from, to, ports: evaluator.rulesBetween(place(from), place(to)) }))
            .filter(({ ports }) => ports.length > 0),
        );
        assert.deepEqual([...connectivityOf({ ...input, externals })], expected);
      }),
      { numRuns: 200 },
    );
  });
});
