import assert from 'node:assert/strict';
import type { PortMatch, Protocol, ServicePort } from '../../../compose-ext/policy-model.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { peer, policy, rule, service, stack, tcp, udp } from './policy-cluster.ts';

const ports: ServicePort[] = [
  { protocol: 'tcp', target: 8080, name: 'http' },
  { protocol: 'tcp', target: 8081, name: 'http' },
  { protocol: 'udp', target: 5353, name: 'dns' },
];
const otherPorts: ServicePort[] = [{ protocol: 'tcp', target: 9000, name: 'http' }];

function cluster(ingress: readonly PortMatch[] | undefined, egress?: readonly PortMatch[]) {
  const policies = [
    ...(ingress ? [policy('s', { on: 'b', ingress: [rule([peer('s/a')], ingress)] })] : []),
    ...(egress ? [policy('s', { on: 'a', egress: [rule([peer('s/b'), peer('s/c')], egress)] })] : []),
  ];
  return createEvaluator({
    stacks: [stack('s', { defaults: { ingress: 'allow', egress: 'allow' } })],
    services: [
      service('s/a', {}, policies),
      service('s/b', { ports }, policies),
      service('s/c', { ports: otherPorts }, policies),
    ],
  });
}

function ask(
  evaluator: ReturnType<typeof cluster>,
  protocol: Protocol | 'icmp',
  port?: number,
  to = { service: 's/b' } as { service: string } | { address: string },
) {
  return evaluator.judge({ from: { service: 's/a' }, to, protocol, ...(port !== undefined && { port }) })
    .allowed;
}

describe('A rule’s ports', () => {
  it('when there are none are every port of every protocol, and ICMP', () => {
    const evaluator = cluster([]);
    for (const protocol of ['tcp', 'udp', 'sctp'] as const) assert.ok(ask(evaluator, protocol, 65535));
    assert.ok(ask(evaluator, 'icmp'));
  });

  it('mean their own protocol only, and never ICMP', () => {
    const evaluator = cluster([udp(53), { protocol: 'sctp', port: 36412 }]);
    assert.ok(ask(evaluator, 'udp', 53));
    assert.ok(ask(evaluator, 'sctp', 36412));
    assert.ok(!ask(evaluator, 'tcp', 53));
    assert.ok(!ask(evaluator, 'tcp', 36412));
    assert.ok(!ask(evaluator, 'udp', 36412));
    assert.ok(!ask(evaluator, 'icmp'));
  });

  it('without a number are every port of that protocol', () => {
    const evaluator = cluster([udp()]);
    assert.ok(ask(evaluator, 'udp', 1) && ask(evaluator, 'udp', 65535));
    assert.ok(!ask(evaluator, 'tcp', 1));
    assert.ok(!ask(evaluator, 'icmp'));
  });

  it('with an end are inclusive at both ends', () => {
    const evaluator = cluster([tcp(5000, 5002)]);
    assert.deepEqual(
      [4999, 5000, 5001, 5002, 5003].filter((port) => ask(evaluator, 'tcp', port)),
      [5000, 5001, 5002],
    );
    assert.ok(!ask(cluster([tcp(5002, 5000)]), 'tcp', 5001));
  });

  it('by name are each port of the destination with that name', () => {
    const evaluator = cluster([tcp('http')]);
    assert.ok(ask(evaluator, 'tcp', 8080) && ask(evaluator, 'tcp', 8081));
    assert.ok(!ask(evaluator, 'tcp', 80));
  });

  it('by name are nothing when the name is missing or of another protocol', () => {
    for (const port of [8080, 5353, 80]) {
      assert.ok(!ask(cluster([tcp('nosuch')]), 'tcp', port));
      assert.ok(!ask(cluster([tcp('dns')]), 'tcp', port));
    }
    assert.ok(!ask(cluster([tcp('dns')]), 'udp', 5353));
  });

  it('by name on egress are the destination’s, a different number on each', () => {
    const evaluator = cluster(undefined, [tcp('http')]);
    assert.ok(ask(evaluator, 'tcp', 8080));
    assert.ok(!ask(evaluator, 'tcp', 9000));
    assert.ok(ask(evaluator, 'tcp', 9000, { service: 's/c' }));
    assert.ok(!ask(evaluator, 'tcp', 8080, { service: 's/c' }));
  });

  it('by name mean nothing at an address', () => {
    const world = policy('s', { on: 'a', egress: [rule([{ kind: 'world' }], [tcp('http'), tcp(443)])] });
    const evaluator = createEvaluator({
      stacks: [stack('s')],
      services: [service('s/a', { ports }, [world])],
    });
    assert.ok(!ask(evaluator, 'tcp', 8080, { address: '198.51.100.1' }));
    assert.ok(ask(evaluator, 'tcp', 443, { address: '198.51.100.1' }));
  });

  it('whose end comes before them are none', () => {
    const evaluator = cluster([tcp(5002, 5000)]);
    assert.deepEqual(evaluator.rulesBetween({ service: 's/a' }, { service: 's/b' }), []);
  });

  it('must all be admitted when the question names none', () => {
    assert.ok(!ask(cluster([tcp(80)]), 'tcp'));
    assert.ok(ask(cluster([tcp()]), 'tcp'));
    assert.ok(!ask(cluster([tcp(1, 1000), tcp(1002, 65535)]), 'tcp'));
  });

  it('that touch are all ports when together they are, as for what passes', () => {
    const whole = cluster([tcp(1, 1000), tcp(1001, 65535)], [tcp(1, 79), tcp(80), tcp(81, 65535)]);
    assert.ok(ask(whole, 'tcp'));
    assert.deepEqual(whole.rulesBetween({ service: 's/a' }, { service: 's/b' }), [{ protocol: 'tcp' }]);
  });
});

describe('What passes between two services', () => {
  const between = (ingress: readonly PortMatch[] | undefined, egress?: readonly PortMatch[]) =>
    cluster(ingress, egress).rulesBetween({ service: 's/a' }, { service: 's/b' });

  it('is everything when neither is isolated', () => {
    assert.deepEqual(between(undefined), [{ protocol: 'any' }]);
  });

  it('is what both sides admit, ranges cut to what they share', () => {
    assert.deepEqual(between([tcp(80, 90), udp(53)], [tcp(85, 100), tcp(70, 80)]), [
      { protocol: 'tcp', port: 80 },
      { protocol: 'tcp', port: 85, endPort: 90 },
    ]);
    assert.deepEqual(between([tcp()], [tcp(443), udp(53)]), [{ protocol: 'tcp', port: 443 }]);
    assert.deepEqual(between([tcp(80)], [udp(80)]), []);
  });

  it('has ranges joined where they overlap or touch', () => {
    assert.deepEqual(between([tcp(80), tcp(81), tcp(79, 80), tcp(83)]), [
      { protocol: 'tcp', port: 79, endPort: 81 },
      { protocol: 'tcp', port: 83 },
    ]);
  });

  it('is a whole protocol where one rule has all of it, and everything where one has no ports', () => {
    assert.deepEqual(between([tcp(), tcp(80)]), [{ protocol: 'tcp' }]);
    assert.deepEqual(between([tcp(1, 65535)]), [{ protocol: 'tcp' }]);
    assert.deepEqual(between([]), [{ protocol: 'any' }]);
  });
});
