import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readParameters, toParameters } from '../../../../plugin/api/flow-query.ts';
import { FLOW_VERDICTS } from '../../../../rules/flows/flow-record.ts';

const text = fc.string({ minLength: 1, maxLength: 40 });
const query = fc.record(
  {
    ...{ from: text, to: text, protocol: text, stack: text, service: text, node: text },
    port: fc.integer({ min: 0, max: 65_535 }),
    since: fc.integer({ min: 0, max: 2e12 }),
    until: fc.integer({ min: 0, max: 2e12 }),
    limit: fc.integer({ min: 0, max: 50_000 }),
    verdicts: fc.uniqueArray(fc.constantFrom(...FLOW_VERDICTS), { minLength: 1 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('a question about flows, as parameters', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(query, fc.boolean(), (asked, follow) => {
        const parameters = new URLSearchParams(toParameters(asked, follow).toString());
        assert.deepEqual(readParameters(parameters), { query: asked, follow });
      }),
    );
  });

  it('is refused with every mistake, whatever it is', () => {
    const wrong = [
      'port=-1',
      'port=65536',
      'limit=50001',
      'verdict=no',
      'from=',
      '__proto__=1',
      'constructor=2',
    ];
    assert.throws(
      () => readParameters(new URLSearchParams(wrong.join('&'))),
      (error: Error) => wrong.every((mistake) => error.message.includes(mistake)),
    );
    assert.throws(() => readParameters(new URLSearchParams({ to: 'x'.repeat(1_001) })), {
      code: 'bad-query',
    });
  });
});
