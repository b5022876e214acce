import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../../../compose-ext/policy-model.ts';
import { createCalculator } from '../../../rules/calculator.ts';
import { allowKey, type StackSettings } from '../../../rules/network-policy.ts';
import { peer, policy, rule, service, stack, tcp } from './policy-cluster.ts';

const ports = [
  { protocol: 'tcp', target: 8080, published: 80, name: 'http' },
  { protocol: 'udp', target: 53, published: 5353, mode: 'host' },
  { protocol: 'tcp', target: 9000 },
  { protocol: 'tcp', target: 9443, mode: 'host' },
] as const;

function edge(policies: readonly Policy[], settings: Partial<StackSettings> = {}) {
  const calculator = createCalculator();
  calculator.apply([
    { kind: 'stack', stack: stack('s', settings) },
    { kind: 'service', service: service('s/web', { ports }, policies) },
  ]);
  return calculator.edge('s/web');
}

const world = { cidr: '0.0.0.0/0', except: [] };

const METADATA = ['100.100.100.200', '169.254.169.254', '169.254.170.2', '169.254.170.23', '192.0.0.192'];

describe('What a service exchanges with the world', () => {
  it('is left alone in a stack without annotations, where it is told of for what it publishes', () => {
    const told = edge([], { annotated: false });
    assert.deepEqual(
      [told?.stance, told?.pair],
      [
        { ingress: 'open', egress: 'open' },
        { ingress: 'open', egress: 'open' },
      ],
    );
    const calculator = createCalculator();
    calculator.apply([
      { kind: 'stack', stack: stack('s', { annotated: false }) },
      { kind: 'service', service: service('s/inner') },
    ]);
    assert.equal(calculator.edge('s/inner'), undefined);
  });

  it('is all allowed where nothing restricts it and an administrator has it in audit, so that it is told of', () => {
    const calculator = createCalculator();
    calculator.apply([
      { kind: 'stack', stack: stack('s', { annotated: false }) },
      { kind: 'service', service: { ...service('s/web', { ports }), administered: 'audit' } },
    ]);
    const told = calculator.edge('s/web');
    assert.deepEqual(told?.stance, { ingress: 'audit', egress: 'audit' });
    const everywhere = { ...world, protocol: 'any' };
    for (const rules of [told.ingress, told.egress])
      for (const only of [undefined, 'nodes', 'gateway'])
        assert.ok(
          rules.some((each) =>
            isDeepStrictEqual(each, { ...everywhere, except: each.except, ...(only && { only }) }),
          ),
          only,
        );
  });

  it('has the allows of other services to what it publishes, and follows their labels', () => {
    const calculator = createCalculator();
    const from = { matchLabels: { front: 'true' }, matchExpressions: [] };
    const web = service('s/web', { ports }, [
      policy('s', { ingress: [rule([{ kind: 'selector', services: from }], [tcp(8080)])] }),
    ]);
    const near = () => calculator.edge('s/web')?.near.map((allow) => allowKey(allow));
    calculator.apply([
      { kind: 'stack', stack: stack('s') },
      { kind: 'service', service: web },
      { kind: 'service', service: service('s/shop', { labels: { front: 'true' } }) },
    ]);
    assert.deepEqual(near(), ['s/shop>s/web/tcp:8080']);
    const { edges } = calculator.apply([{ kind: 'service', service: service('s/shop') }]);
    assert.deepEqual(near(), []);
    assert.ok('s/web' in edges, 'agents are told');
    calculator.apply([{ kind: 'service', service: { ...web, ports: [] } }]);
    assert.equal(calculator.edge('s/web')?.published.length, 0);
  });

  it('has its published ports, through the mesh unless said otherwise', () => {
    assert.deepEqual(edge([])?.published, [
      { protocol: 'tcp', published: 80, target: 8080, mode: 'ingress' },
      { protocol: 'udp', published: 5353, target: 53, mode: 'host' },
      { protocol: 'tcp', target: 9443, mode: 'host' },
    ]);
  });

  it('is nothing when it is isolated and no rule means the world', () => {
    const inside = policy('s', { ingress: [rule([peer('s/api'), { kind: 'selector' }])] });
    assert.deepEqual(edge([inside])?.ingress, []);
    assert.equal(edge([inside])?.stance.ingress, 'isolated');
  });

  it('has no rules where it is not isolated, but that metadata is not for it', () => {
    const open = edge([], { defaults: { ingress: 'allow', egress: 'allow' } });
    assert.deepEqual([open?.stance.ingress, open?.ingress], ['open', []]);
    assert.deepEqual(open?.ipv6Except, ['fd00:ec2::254', 'fd00:ec2::23']);
    const all = { cidr: '0.0.0.0/0', protocol: 'any' };
    const dns = { cidr: '169.254.169.254', except: [], port: 53 };
    assert.deepEqual(open?.egress, [
      { ...all, except: METADATA },
      { ...all, except: METADATA, only: 'nodes' },
      { ...dns, protocol: 'tcp' },
      { ...dns, protocol: 'udp' },
      { ...all, except: [], only: 'gateway' },
    ]);
  });

  it('is in audit with its stack', () => {
    assert.equal(edge([], { mode: 'audit' })?.stance.ingress, 'audit');
  });

  it('comes from world, any, no peers and blocks, on the ports that the container listens on', () => {
    const block = {
      kind: 'ipBlock',
      cidr: '203.0.113.0/24',
      except: ['203.0.113.9/32', '203.0.113.128/25'],
    } as const;
    const policies = [
      policy('s', { ingress: [rule([{ kind: 'world' }], [tcp('http')])] }),
      policy('s', { ingress: [rule([{ kind: 'any' }], [tcp(81)]), rule([], [tcp(8080)])] }),
      policy('s', { ingress: [rule([peer('s/api'), block], [tcp(443)])] }),
    ];
    assert.deepEqual(edge(policies)?.ingress, [
      { ...world, protocol: 'tcp', port: 81 },
      { ...world, protocol: 'tcp', port: 8080 },
      { cidr: '203.0.113.0/24', except: ['203.0.113.128/25', '203.0.113.9/32'], protocol: 'tcp', port: 443 },
    ]);
  });

  it('goes out by the same peers, but by no named port: the world has none', () => {
    const out = policy('s', {
      egress: [rule([{ kind: 'world' }], [tcp('http'), tcp(443), tcp(400, 450)]), rule([peer('s/db')])],
    });
    assert.equal(edge([out])?.ipv6Except, undefined);
    const outside = { ...world, except: METADATA };
    assert.deepEqual(edge([out])?.egress, [{ ...outside, protocol: 'tcp', port: 400, endPort: 450 }]);
    const all = policy('s', { egress: [rule([{ kind: 'world' }])] });
    assert.deepEqual(edge([all])?.egress, [{ ...outside, protocol: 'any' }]);
  });
});
