import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createNumbering, MAX_IDENTITY, MAX_RULE } from '../../../rules/numbering.ts';

describe('numbering', () => {
  it('gives each key one number, for as long as it is held', () => {
    const numbering = createNumbering();
    const number = numbering.rule('a>b/tcp:80');
    assert.equal(numbering.rule('a>b/tcp:80'), number);
    assert.notEqual(numbering.rule('a>b/tcp:81'), number);
  });

  it('gives a released number to no one else until all others have been used', () => {
    const numbering = createNumbering();
    const number = numbering.rule('a');
    numbering.releaseRule('a');
    assert.notEqual(numbering.rule('b'), number);
    assert.notEqual(numbering.rule('a'), number);
  });

  it('wraps at the end of the range and skips what is taken', () => {
    const numbering = createNumbering(undefined, MAX_IDENTITY);
    assert.equal(numbering.identity('last'), MAX_IDENTITY);
    assert.equal(numbering.identity('first'), 1);
    const again = createNumbering({ ...numbering.save(), nextIdentity: MAX_IDENTITY });
    assert.equal(again.identity('next'), 2);
    assert.equal(again.identity('last'), MAX_IDENTITY);
  });

  it('keeps its numbers over a restart, whatever happened', () => {
    const calls = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(calls, (all) => {
        const numbering = createNumbering();
        const held = new Set<string>();
        for (const [key, hold] of all)
          if (hold) held.add((numbering.rule(key), key));
          else held.delete((numbering.releaseRule(key), key));
        const restarted = createNumbering(JSON.parse(JSON.stringify(numbering.save())) as never);
        for (const key of held) assert.equal(restarted.rule(key), numbering.rule(key));
        assert.equal(restarted.rule('new'), numbering.rule('new'));
      }),
    );
  });

  it('releases what was saved and is not used', () => {
    const numbering = createNumbering({
      identities: {},
      rules: { old: 7, kept: 8 },
      nextIdentity: 1,
      nextRule: 9,
    });
    numbering.rule('kept');
    numbering.releaseUnused();
    assert.deepEqual(numbering.save().rules, { kept: 8 });
  });

  it('believes no saved number that is out of range or given twice', () => {
    const rules = { a: 1, b: 1, c: 0, d: MAX_RULE + 1, e: 1.5 };
    const numbering = createNumbering({ identities: {}, rules, nextIdentity: -3, nextRule: Number.NaN });
    assert.deepEqual(numbering.save(), { identities: {}, rules: { a: 1 }, nextIdentity: 1, nextRule: 1 });
    assert.equal(numbering.rule('b'), 2);
  });
});
