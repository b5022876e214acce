import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createNumbering } from '../../../../rules/numbering.ts';
import { createOverlay } from '../../../../rules/overlay/overlay.ts';

const network = { id: 'n', name: 'n', subnets: ['10.0.0.0/24'], encrypted: false, ingress: false };
const policy = { network, endpoints: {}, services: {}, allows: {} };

describe('an overlay whose mode changes', () => {
  it('drops nothing in audit, and then has the program that it had', () => {
    const overlay = createOverlay({ policy, numbering: createNumbering(), guard: [] });
    const before = overlay.program();
    assert.ok(JSON.stringify(before).includes('"kind":"drop"'));
    overlay.setMode('audit');
    const audited = overlay.program();
    assert.ok(!JSON.stringify(audited[0]?.chains).includes('"kind":"drop"'));
    assert.notEqual(audited[0]?.version, before[0]?.version);
    overlay.setMode('enforce');
    assert.deepEqual(overlay.program(), before);
  });
});
