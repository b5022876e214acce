import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { editModes, loadPolicies } from '../../../compose-ext/index.ts';
import {
  administeredMode,
  auditsEverything,
  withAdministeredMode,
} from '../../../rules/administered-mode.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { at, policy, rule, service, stack } from './policy-cluster.ts';

const db = { key: 'shop/db', stack: 'shop' };

function settingsOf(text: string) {
  const { documents, diagnostics } = loadPolicies([{ file: 'settings', text }]);
  assert.deepEqual(diagnostics, []);
  const [found] = documents;
  assert.ok(found?.kind === 'settings');
  return found.settings;
}

describe('an administrator’s word on modes', () => {
  it('is the narrowest that there is', () => {
    let text = editModes(undefined, { kind: 'cluster' }, 'audit');
    assert.equal(administeredMode(db, settingsOf(text)), 'audit');
    assert.ok(auditsEverything(settingsOf(text)));
    text = editModes(text, { kind: 'stack', name: 'shop' }, 'enforce');
    assert.equal(administeredMode(db, settingsOf(text)), 'enforce');
    assert.ok(!auditsEverything(settingsOf(text)));
    text = editModes(text, { kind: 'service', name: 'shop/db' }, 'audit');
    assert.equal(administeredMode(db, settingsOf(text)), 'audit');
    assert.equal(administeredMode({ key: 'other/x', stack: 'other' }, settingsOf(text)), 'audit');
  });

  it('is taken back as it was given, and leaves the other settings alone', () => {
    const first = '# ours\nkind: ClusterSettings\nname: default\nnodes: strict # yes\n';
    let text = editModes(first, { kind: 'service', name: 'shop/db' }, 'audit');
    text = editModes(text, { kind: 'service', name: 'shop/db' }, 'enforce');
    assert.deepEqual(settingsOf(text).modes, [{ service: 'shop/db', mode: 'enforce' }]);
    assert.equal(editModes(text, { kind: 'service', name: 'shop/db' }, undefined), first);
    assert.equal(administeredMode(db, settingsOf(first)), undefined);
  });

  it('is refused where it cannot be meant', () => {
    const bad = (modes: string) =>
      loadPolicies([{ file: 's', text: `kind: ClusterSettings\nname: default\nmodes: ${modes}\n` }])
        .diagnostics.length;
    for (const modes of [
      '[{ stack: a, service: a/b, mode: audit }]',
      '[{ mode: audit }]',
      '[{ stack: a, mode: off }]',
      '[{ service: a, mode: audit }]',
      '[{ stack: a, mode: audit }, { stack: a, mode: enforce }]',
    ])
      assert.ok(bad(modes) > 0, modes);
  });

  it('lets pass an administrator’s Deny, which a stack’s own audit does not', () => {
    const own = service('shop/db', {}, [policy('shop', { on: 'db', ingress: [rule([])] })]);
    const deny = {
      ...{ name: 'no-ssh', tier: 'admin' as const, priority: 1, subject: {}, egress: [], origin: at(1) },
      ingress: [{ action: 'deny' as const, peers: [{ kind: 'any' as const }], ports: [], origin: at(2) }],
    };
    const judged = (mode: 'audit' | 'enforce', settings: Parameters<typeof withAdministeredMode>[1]) => {
      const { allowed, wouldDeny } = createEvaluator({
        stacks: [stack('shop', { mode })],
        services: [withAdministeredMode(own, settings), service('shop/web')],
        clusterPolicies: [deny],
      }).judge({ from: { service: 'shop/web' }, to: { service: 'shop/db' }, protocol: 'tcp', port: 22 });
      return [allowed, wouldDeny];
    };
    assert.deepEqual(judged('audit', {}), [false, false]);
    assert.deepEqual(judged('enforce', { mode: 'audit' }), [true, true]);
    assert.deepEqual(judged('audit', { modes: [{ stack: 'shop', mode: 'audit' }] }), [true, true]);
    assert.deepEqual(judged('audit', { modes: [{ stack: 'shop', mode: 'enforce' }] }), [false, false]);
  });
});
