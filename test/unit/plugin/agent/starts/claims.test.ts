import assert from 'node:assert/strict';
import { holdClaims } from '../../../../../plugin/agent/starts/claims.ts';

describe('what containers say they are', () => {
  it('is known from when they are made, and no other container’s', () => {
    const claims = holdClaims(() => 5);
    assert.equal(claims.of('a'), undefined);
    claims.created('a', 'task');
    claims.created('b', undefined);
    assert.deepEqual(claims.of('a'), { task: 'task' });
    assert.deepEqual(claims.of('b'), { task: undefined });
    assert.equal(claims.of('c'), undefined);
  });

  it('is what Docker lists, and what was made since it was asked', () => {
    let now = 5;
    const claims = holdClaims(() => now);
    claims.created('a', 'gone');
    now = 7;
    claims.created('b', 'new');
    claims.listed(new Map([['c', 'listed']]), 6);
    assert.equal(claims.of('a'), undefined, 'it was removed before the list was made');
    assert.deepEqual(claims.of('b'), { task: 'new' });
    assert.deepEqual(claims.of('c'), { task: 'listed' });
    claims.listed(new Map([['b', 'new']]), 8);
    assert.deepEqual(claims.of('b'), { task: 'new' });
    assert.equal(claims.of('c'), undefined);
  });
});
