import assert from 'node:assert/strict';
import type { Tier, TierAction } from '../../../compose-ext/policy-model.ts';
import { createScope } from '../../../rules/cluster-scope.ts';
import { effectiveTiers } from '../../../rules/effective-tiers.ts';
import { at } from './policy-cluster.ts';

type Actions = readonly TierAction[];

function rulesOf(tier: Tier, actions: Actions) {
  const ingress = actions.map((action, index) => ({ action, peers: [], ports: [], origin: at(index) }));
  const policy = { name: 'p', tier, priority: 0, subject: {}, ingress, egress: [], origin: at(1) };
  return createScope([policy]).tiers[tier].flatMap(({ rules }) => rules.ingress);
}

function effective(isolated: boolean, admin: Actions, baseline: Actions, without: readonly number[] = []) {
  const tiers = { isolated, admin: rulesOf('admin', admin), baseline: rulesOf('baseline', baseline) };
  const found = effectiveTiers(tiers, ({ decides }) => !without.includes(decides.origin.line));
  const actions = (rules: typeof found.admin) => rules.map(({ action }) => action).join(' ');
  return `${actions(found.admin)} | ${actions(found.baseline)} | ${found.denies ? 'denies' : ''}`;
}

describe('The rules of tiers that make a difference', () => {
  it('are none of those that pass after the last that decides', () => {
    assert.equal(effective(true, ['pass', 'allow', 'pass', 'pass'], []), 'pass allow |  | ');
    assert.equal(effective(true, ['allow', 'pass', 'deny'], []), 'allow pass deny |  | denies');
    assert.equal(effective(true, ['pass'], []), ' |  | ');
  });

  it('are those of a baseline up to its last denial, where nothing isolates', () => {
    assert.equal(effective(false, [], ['allow', 'deny', 'allow']), ' | allow deny | denies');
    assert.equal(effective(false, [], ['allow', 'allow']), ' |  | ');
    assert.equal(effective(true, [], ['allow', 'deny']), ' |  | ');
  });

  it('are about the peers asked for alone', () => {
    assert.equal(effective(false, ['deny', 'allow'], ['deny', 'deny'], [0]), 'allow | deny | denies');
    assert.equal(effective(true, ['deny', 'pass'], [], [0]), ' |  | ');
  });
});
