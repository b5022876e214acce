import assert from 'node:assert/strict';
import type { Policy } from '../../../compose-ext/policy-model.ts';
import type { StackSettings } from '../../../rules/network-policy.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { at, peer, policy, rule, selector, service, stack, tcp } from './policy-cluster.ts';

function judge(policies: readonly Policy[], settings: Partial<StackSettings> = {}, port = 80) {
  const services = [service('s/web', {}, policies), service('s/api', {}, policies)];
  const evaluator = createEvaluator({ stacks: [stack('s', settings)], services });
  return evaluator.judge({ from: { service: 's/web' }, to: { service: 's/api' }, protocol: 'tcp', port });
}

const openStack = { defaults: { ingress: 'allow', egress: 'allow' } } as const;

describe('Isolation', () => {
  it('does not touch a stack without annotations', () => {
    const verdict = judge([], { annotated: false });
    assert.deepEqual(verdict, {
      allowed: true,
      wouldDeny: false,
      ingress: { outcome: 'not-isolated', rules: [], isolatedBy: [] },
      egress: { outcome: 'not-isolated', rules: [], isolatedBy: [] },
    });
  });

  it('comes with an annotated stack whose default is deny, under the name default', () => {
    const verdict = judge([], { origin: at(9) });
    assert.equal(verdict.allowed, false);
    assert.equal(verdict.ingress.outcome, 'denied');
    assert.deepEqual(verdict.ingress.isolatedBy, [
      { policy: 'default', stack: 's', direction: 'ingress', origin: at(9) },
    ]);
    assert.equal(verdict.egress.outcome, 'not-isolated');
  });

  it('comes for egress when the stack says so', () => {
    const verdict = judge([], { defaults: { ingress: 'allow', egress: 'deny' } });
    assert.equal(verdict.egress.outcome, 'denied');
    assert.equal(verdict.ingress.outcome, 'not-isolated');
    assert.equal(verdict.allowed, false);
  });

  it('ignores the defaults of a stack that is not annotated', () => {
    assert.ok(judge([], { annotated: false, defaults: { ingress: 'deny', egress: 'deny' } }).allowed);
  });

  it('comes with a policy that selects the service, where the default allows', () => {
    const verdict = judge([policy('s', { on: 'api', name: 'lock' })], openStack);
    assert.equal(verdict.ingress.outcome, 'denied');
    assert.deepEqual(verdict.ingress.isolatedBy, [
      { policy: 'lock', stack: 's', direction: 'ingress', origin: at(1) },
    ]);
  });

  it('comes with a policy even while the stack is unknown', () => {
    const policies = [policy('s', { on: 'api' })];
    const services = [service('s/web'), service('s/api', {}, policies)];
    const question = {
      from: { service: 's/web' },
      to: { service: 's/api' },
      protocol: 'tcp',
      port: 1,
    } as const;
    const { judge: ask } = createEvaluator({ stacks: [], services });
    assert.deepEqual([ask(question).allowed, ask(question).wouldDeny], [false, false]);
  });

  it('leaves alone the services that a policy does not select', () => {
    assert.ok(judge([policy('s', { on: 'web' })], openStack).allowed);
    const labelled = policy('s', { on: selector({ app: 'other' }) });
    assert.ok(judge([labelled], openStack).allowed);
  });

  it('is for the directions that the policy lists; rules of another direction say nothing', () => {
    const both = [rule([peer('s/web')])];
    const egressOnly = policy('s', { on: 'api', directions: ['egress'], ingress: both, egress: both });
    assert.equal(judge([egressOnly], openStack).ingress.outcome, 'not-isolated');
    const denied = judge([egressOnly]);
    assert.equal(denied.ingress.outcome, 'denied');
    assert.deepEqual(denied.ingress.rules, []);
  });

  it('needs both sides to allow', () => {
    const ingress = policy('s', { on: 'api', ingress: [rule([peer('s/web')])] });
    const egress = policy('s', { on: 'web', egress: [rule([peer('s/api')])] });
    const locked = policy('s', { on: 'web', directions: ['egress'] });
    assert.ok(judge([ingress, egress]).allowed);
    assert.equal(judge([egress]).allowed, false);
    const half = judge([ingress, locked]);
    assert.deepEqual([half.allowed, half.ingress.outcome, half.egress.outcome], [false, 'allowed', 'denied']);
  });

  it('adds up over policies, and names each that allows and each that isolates', () => {
    const policies = [
      policy('s', { name: 'a', on: 'api', ingress: [rule([peer('s/web')], [tcp(80)], 3)] }),
      policy('s', { name: 'b', on: 'api', ingress: [rule([], [tcp(80)], 4), rule([], [tcp(81)], 5)] }),
      policy('s', { name: 'c', on: 'api' }),
    ];
    const { ingress } = judge(policies);
    assert.deepEqual(
      ingress.rules.map((decides) => [decides.policy, decides.origin.line]),
      [
        ['a', 3],
        ['b', 4],
      ],
    );
    assert.deepEqual(
      ingress.isolatedBy.map((decides) => decides.policy),
      ['a', 'b', 'c'],
    );
    assert.ok(judge(policies, {}, 81).allowed);
    assert.ok(!judge(policies, {}, 82).allowed);
  });

  it('judges what a service sends to itself like anything else', () => {
    const to = (policies: readonly Policy[]) =>
      createEvaluator({ stacks: [stack('s')], services: [service('s/a', {}, policies)] }).judge({
        from: { service: 's/a' },
        to: { service: 's/a' },
        protocol: 'tcp',
        port: 80,
      }).allowed;
    assert.ok(!to([]));
    assert.ok(to([policy('s', { ingress: [rule([peer('s/a')])] })]));
  });

  it('denies a service that nobody knows', () => {
    const evaluator = createEvaluator({ stacks: [], services: [service('s/a')] });
    const unknown = { service: 's/gone' };
    const question = { protocol: 'tcp', port: 80 } as const;
    assert.ok(!evaluator.judge({ from: unknown, to: { service: 's/a' }, ...question }).allowed);
    assert.ok(!evaluator.judge({ from: { service: 's/a' }, to: unknown, ...question }).allowed);
    assert.deepEqual(evaluator.rulesBetween(unknown, { service: 's/a' }), []);
    const nothing = { outcome: 'denied', rules: [], isolatedBy: [] };
    const verdict = evaluator.judge({ from: unknown, to: unknown, ...question });
    assert.deepEqual([verdict.ingress, verdict.egress], [nothing, nothing]);
  });

  it('admits no service that nobody knows, whoever else may come', () => {
    const services = [service('s/a', {}, [policy('s', { ingress: [rule([{ kind: 'any' }])] })])];
    const { judge } = createEvaluator({ stacks: [stack('s')], services });
    const to = { service: 's/a' };
    const asked = { protocol: 'tcp', port: 80 } as const;
    assert.equal(judge({ from: { service: 's/gone' }, to, ...asked }).ingress.outcome, 'denied');
    assert.equal(judge({ from: { address: '198.51.100.1' }, to, ...asked }).ingress.outcome, 'allowed');
  });
});

describe('A stack in audit', () => {
  const audit = stack('audit', { mode: 'audit', defaults: { ingress: 'deny', egress: 'deny' } });
  const enforce = stack('enforce', { defaults: { ingress: 'deny', egress: 'deny' } });
  const judgeBetween = (from: string, to: string, policies: readonly Policy[] = []) =>
    createEvaluator({
      stacks: [audit, enforce],
      services: [service(from, {}, policies), service(to, {}, policies)],
    }).judge({ from: { service: from }, to: { service: to }, protocol: 'tcp', port: 80 });

  it('lets pass what it would deny, and says so', () => {
    const verdict = judgeBetween('audit/a', 'audit/b');
    assert.deepEqual([verdict.allowed, verdict.wouldDeny], [true, true]);
    assert.deepEqual([verdict.egress.outcome, verdict.ingress.outcome], ['denied', 'denied']);
  });

  it('does not speak for the other side, which may be enforced', () => {
    assert.deepEqual(
      [judgeBetween('audit/a', 'enforce/b').allowed, judgeBetween('audit/a', 'enforce/b').wouldDeny],
      [false, false],
    );
    const ingress = policy('enforce', { on: 'b', ingress: [rule([peer('audit/a')])] });
    const admitted = judgeBetween('audit/a', 'enforce/b', [ingress]);
    assert.deepEqual([admitted.allowed, admitted.wouldDeny], [true, true]);
  });

  it('has nothing to say about what its policies allow', () => {
    const both = [
      policy('audit', { on: 'a', egress: [rule([peer('audit/b')])] }),
      policy('audit', { on: 'b', ingress: [rule([peer('audit/a')])] }),
    ];
    const verdict = judgeBetween('audit/a', 'audit/b', both);
    assert.deepEqual([verdict.allowed, verdict.wouldDeny], [true, false]);
  });
});
