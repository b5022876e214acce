import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { REFUSAL_CODES } from '../../../../rules/authz/decode/refusal.ts';

describe('the codes of refusals', () => {
  it('are all explained in docs/authorization.md, and no others', () => {
    const named = readFileSync('docs/authorization.md', 'utf8').match(/`decode\/[a-z-]+`/gu) ?? [];
    assert.deepEqual([...new Set(named.map((code) => code.slice(1, -1)))].sort(), [...REFUSAL_CODES].sort());
  });
});
