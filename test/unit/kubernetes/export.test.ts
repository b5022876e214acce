import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { composeFiles, STACKS } from './compose-arbitrary.ts';
import { assertTakenByKubernetes, exported, loadStacks, manifestModel } from './exported.ts';
import { imported, reloaded } from './imported.ts';
import { EXTERNALS, manifests } from './manifest-arbitrary.ts';
import { answersOf } from './same-answers.ts';

const NUMBERS = [80];

describe('An export', () => {
  it('lets through what the stacks let through, and so does an import of it', () => {
    fc.assert(
      fc.property(composeFiles, fc.boolean(), (texts, pods) => {
        const loaded = loadStacks(texts, STACKS);
        const { text, rename } = exported(loaded, pods ? { podCidrs: ['10.244.0.0/16'] } : {});
        assertTakenByKubernetes(text);
        const source = answersOf(loaded, EXTERNALS, rename, NUMBERS);
        assert.deepEqual(answersOf({ model: manifestModel(text) }, EXTERNALS, undefined, NUMBERS), source);
        const back = imported(text);
        assert.deepEqual(answersOf({ model: reloaded(back) }, EXTERNALS, undefined, NUMBERS), source);
      }),
      { numRuns: 20 },
    );
  });

  it('of an import lets through what the manifests let through', () => {
    fc.assert(
      fc.property(manifests, (text) => {
        const found = imported(text);
        const names = found.stacks.map(({ stack }) => stack);
        const again = exported(
          loadStacks(
            found.stacks.map((each) => each.text),
            names,
          ),
        );
        const { model, addresses } = found.cluster;
        const rename = (key: string) => again.rename(found.renamed.get(key) ?? key);
        const source = answersOf({ model, addresses }, EXTERNALS, rename, NUMBERS);
        assert.deepEqual(
          answersOf({ model: manifestModel(again.text) }, EXTERNALS, undefined, NUMBERS),
          source,
        );
      }),
      { numRuns: 20 },
    );
  });
});
