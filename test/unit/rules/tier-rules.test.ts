import assert from 'node:assert/strict';
import type { ClusterPolicy, ClusterRule, Peer } from '../../../compose-ext/policy-model.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { peer, policy, rule, selector, service, stack, tcp } from './policy-cluster.ts';
import { allow, anyone, clusterPolicy, deny, pass, question, says } from './tier-rules.ts';

describe('The rules of cluster policies', () => {
  const judge = (clusterPolicies: readonly ClusterPolicy[], asked: object = {}) =>
    createEvaluator({
      stacks: [stack('s', { defaults: { ingress: 'allow', egress: 'allow' } })],
      services: [service('s/web'), service('s/db')],
      clusterPolicies,
      nodeAddresses: ['192.0.2.1'],
      clusterNets: ['10.0.0.0/8'],
    }).judge({ ...question, ...asked });

  it('need both sides: an allow for one does not make up for the other', () => {
    const verdict = judge([clusterPolicy({ egress: allow, ingress: deny })]);
    assert.deepEqual(
      [verdict.allowed, verdict.egress.outcome, verdict.ingress.outcome],
      [false, 'allowed', 'denied'],
    );
  });

  it('go by priority, then by name, whatever the order they are given in', () => {
    const named = (name: string, priority: number, rules: readonly ClusterRule[]) =>
      clusterPolicy({ name, priority, ingress: rules });
    const denied = (...policies: ClusterPolicy[]) =>
      [policies, policies.toReversed()].map((order) => judge(order).ingress.deniedBy?.policy);
    assert.deepEqual(denied(named('a', 2, allow), named('b', 1, deny)), ['b', 'b']);
    assert.deepEqual(denied(named('a', 2, deny), named('b', 1, allow)), [undefined, undefined]);
    assert.deepEqual(denied(named('b', 1, deny), named('a', 1, allow)), [undefined, undefined]);
    assert.deepEqual(denied(named('B', 1, deny), named('a', 1, allow)), ['B', 'B']);
    assert.deepEqual(denied(named('a', 10, deny), named('b', 9, allow)), [undefined, undefined]);
  });

  it('take nothing but the ports they name', () => {
    const ssh = [clusterPolicy({ ingress: [says('deny', [anyone], [tcp(22)])] })];
    assert.equal(judge(ssh, { port: 22 }).allowed, false);
    for (const asked of [
      { port: 21 },
      { port: 23 },
      { protocol: 'udp', port: 22 },
      { protocol: 'icmp', port: undefined },
    ])
      assert.ok(judge(ssh, asked).allowed, JSON.stringify(asked));
    const ping = [clusterPolicy({ ingress: [says('allow', [anyone], [tcp()]), says('deny')] })];
    assert.equal(judge(ping, { protocol: 'icmp', port: undefined }).allowed, false);
    assert.ok(judge(ping).allowed);
  });

  it('asked for every port of a protocol, are denied by one that is', () => {
    const all = { port: undefined };
    assert.equal(
      judge([clusterPolicy({ ingress: [says('deny', [anyone], [tcp(22)])] })], all).allowed,
      false,
    );
    const [low, high] = [
      says('allow', [anyone], [tcp(1, 1000)], 7),
      says('allow', [anyone], [tcp(1001, 65535)], 8),
    ];
    const { ingress } = judge([clusterPolicy({ ingress: [low, high, ...deny] })], all);
    assert.deepEqual([ingress.outcome, ingress.rules.map(({ origin }) => origin.line)], ['allowed', [7, 8]]);
    const some = judge([clusterPolicy({ ingress: [low, says('deny', [anyone], [tcp(2000)], 9)] })], all);
    assert.equal(some.ingress.deniedBy?.origin.line, 9);
  });

  it('name the rule that decides, and one that passed it on', () => {
    const origin = { file: 'cluster.yaml', line: 12, column: 5 };
    const rules = [{ ...says('deny'), name: 'no-one', origin }];
    assert.deepEqual(judge([clusterPolicy({ ingress: rules })]).ingress, {
      outcome: 'denied',
      rules: [],
      isolatedBy: [],
      tier: 'admin',
      deniedBy: { policy: 'admins', stack: '', cluster: true, direction: 'ingress', rule: 'no-one', origin },
    });
    const base = clusterPolicy({ name: 'base', tier: 'baseline', ingress: deny });
    const { deniedBy, passedBy, tier } = judge([clusterPolicy({ ingress: pass }), base]).ingress;
    assert.deepEqual([deniedBy?.policy, passedBy?.policy, tier], ['base', 'admins', 'baseline']);
  });

  it('leave to own rules what they pass: those for this peer and port alone', () => {
    const passing = [clusterPolicy({ ingress: [says('pass', [anyone], [], 6)] })];
    const asked = (...ingress: Parameters<typeof rule>[]) =>
      createEvaluator({
        stacks: [stack('s', { defaults: { ingress: 'allow', egress: 'allow' } })],
        services: [
          service('s/web'),
          service('s/db', {}, [policy('s', { on: 'db', ingress: ingress.map((each) => rule(...each)) })]),
        ],
        clusterPolicies: passing,
      }).judge(question).ingress;
    const { outcome, rules, passedBy } = asked(
      [[peer('s/x')], [], 1],
      [[peer('s/web')], [tcp(81)], 2],
      [[peer('s/web')], [tcp(80)], 3],
    );
    assert.deepEqual(
      [outcome, rules.map(({ origin }) => origin.line), passedBy?.origin.line],
      ['allowed', [3], 6],
    );
    const denied = asked([[peer('s/x')], [], 1], [[peer('s/web')], [tcp(81)], 2]);
    assert.deepEqual([denied.outcome, denied.rules], ['denied', []]);
  });

  it('and own rules are named together where both let through a part of what is asked', () => {
    const lowPorts = says('allow', [anyone], [tcp(1, 1000)], 6);
    const clusterPolicies = [clusterPolicy({ ingress: [lowPorts] })];
    const lines = (ingress: readonly ReturnType<typeof rule>[], baseline: readonly ClusterRule[]) => {
      const own = ingress.length > 0 ? [policy('s', { on: 'db', ingress })] : [];
      const verdict = createEvaluator({
        stacks: [stack('s', { defaults: { ingress: 'allow', egress: 'allow' } })],
        services: [service('s/web'), service('s/db', {}, own)],
        clusterPolicies: [
          ...clusterPolicies,
          clusterPolicy({ name: 'base', tier: 'baseline', ingress: baseline }),
        ],
      }).judge({ from: question.from, to: question.to, protocol: 'tcp' }).ingress;
      return [verdict.outcome, ...verdict.rules.map(({ origin }) => origin.line)];
    };
    assert.deepEqual(lines([rule([], [tcp(900, 65535)], 8)], []), ['allowed', 6, 8]);
    assert.deepEqual(lines([rule([], [tcp(1002, 65535)], 8)], []), ['denied']);
    const base = says('allow', [anyone], [tcp(1001, 2000)], 9);
    assert.deepEqual(lines([], [base]), ['not-isolated', 6, 9]);
  });

  it('resolve names of ports as the selected service, or the destination, understands them', () => {
    const services = [
      service('s/web'),
      service('s/db', { ports: [{ protocol: 'tcp', target: 80, name: 'http' }] }),
    ];
    for (const direction of ['ingress', 'egress'] as const) {
      const clusterPolicies = [clusterPolicy({ [direction]: [says('deny', [anyone], [tcp('http')])] })];
      const { judge: ask } = createEvaluator({ stacks: [], services, clusterPolicies });
      assert.equal(ask(question).allowed, false);
      assert.ok(ask({ ...question, port: 81 }).allowed);
    }
  });

  it('select by labels of the service and of its stack', () => {
    const denied = (subject: ClusterPolicy['subject']) => {
      const clusterPolicies = [clusterPolicy({ subject, ingress: deny })];
      const services = [service('s/web'), service('s/db', { labels: { tier: 'back' } })];
      const stacks = [
        stack('s', { labels: { team: 'shop' }, defaults: { ingress: 'allow', egress: 'allow' } }),
      ];
      return !createEvaluator({ stacks, services, clusterPolicies }).judge(question).allowed;
    };
    const [shop, back, other] = [
      selector({ team: 'shop' }),
      selector({ tier: 'back' }),
      selector({ x: 'y' }),
    ];
    assert.deepEqual(
      [{}, { stacks: shop }, { services: back }, { stacks: shop, services: back }].map(denied),
      [true, true, true, true],
    );
    assert.deepEqual(
      [{ stacks: other }, { services: other }, { stacks: shop, services: other }, { stacks: back }].map(
        denied,
      ),
      [false, false, false, false],
    );
  });

  it('mean services by peers that name services, addresses by those that name addresses, both by any', () => {
    const places = {
      service: { service: 's/web' },
      world: { address: '198.51.100.1' },
      node: { address: '192.0.2.1' },
      inside: { address: '10.9.9.9' },
    };
    const denied = (...peers: Peer[]) =>
      Object.entries(places)
        .filter(([, from]) => !judge([clusterPolicy({ ingress: [says('deny', peers)] })], { from }).allowed)
        .map(([name]) => name);
    const everyStack = { kind: 'selector', stacks: selector({}) } as const;
    assert.deepEqual(denied(everyStack), ['service']);
    assert.deepEqual(denied(peer('s/web')), ['service']);
    assert.deepEqual(denied({ kind: 'world' }), ['world']);
    assert.deepEqual(denied({ kind: 'ipBlock', cidr: '0.0.0.0/0', except: [] }), ['world', 'node']);
    assert.deepEqual(denied(anyone), ['service', 'world', 'node', 'inside']);
  });

  it('allow by any whom own rules mean by it: no node', () => {
    const from = { address: '192.0.2.1' };
    const closed = [clusterPolicy({ ingress: [says('allow', [anyone], [tcp(80)]), ...deny] })];
    assert.equal(judge(closed, { from }).allowed, false);
    assert.ok(judge(closed).allowed);
  });
});
