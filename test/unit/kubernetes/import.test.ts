import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { imported, reloaded } from './imported.ts';
import { EXTERNALS, manifests } from './manifest-arbitrary.ts';
import { answersOf } from './same-answers.ts';

describe('An import', () => {
  for (const ipBlockWorkloads of [true, false])
    it(`lets through what the manifests let through, blocks meaning ${ipBlockWorkloads ? 'workloads too' : 'outside only'}`, () => {
      fc.assert(
        fc.property(manifests, (text) => {
          const found = imported(text, { ipBlockWorkloads });
          const { model, addresses } = found.cluster;
          const source = answersOf(
            { model, ...(ipBlockWorkloads && { addresses }) },
            EXTERNALS,
            (key) => found.renamed.get(key) ?? key,
          );
          assert.deepEqual(answersOf({ model: reloaded(found) }, EXTERNALS), source);
        }),
        { numRuns: 30 },
      );
    });
});
