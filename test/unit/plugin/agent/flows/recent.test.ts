import assert from 'node:assert/strict';
import { keepRecent } from '../../../../../plugin/agent/flows/recent.ts';

describe('a map that forgets', () => {
  it('has the newest, and not many more', () => {
    const recent = keepRecent<number>(100);
    for (let at = 0; at < 1_000; at++) {
      recent.set(`key ${String(at)}`, at);
      for (const age of [0, 50, 99])
        if (at >= age) assert.equal(recent.get(`key ${String(at - age)}`), at - age);
      assert.equal(recent.get(`key ${String(at - 200)}`), undefined);
    }
  });

  it('has what was said last of a key', () => {
    const recent = keepRecent<number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    recent.set('a', 3);
    assert.equal(recent.get('a'), 3);
    assert.equal(recent.get('b'), 2);
  });
});
