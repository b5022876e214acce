import assert from 'node:assert/strict';
import type { CidrGroup, ClusterPolicy, Peer } from '../../../compose-ext/policy-model.ts';
import { createCalculator } from '../../../rules/calculator.ts';
import { createEvaluator } from '../../../rules/evaluator.ts';
import { at, peer, policy, rule, selector, service, stack } from './policy-cluster.ts';

const office: Peer = { kind: 'group', group: 'office' };
const stored: CidrGroup = {
  name: 'office',
  blocks: [
    { cidr: '198.51.100.0/24', except: ['198.51.100.128/25'] },
    { cidr: '198.51.100.200/32', except: [] },
    { cidr: '2001:db8::/32', except: [] },
    { cidr: '192.0.2.0/24', except: [] },
  ],
  origin: at(1),
};
const ADDRESSES = [
  '198.51.100.1',
  '198.51.100.129',
  '198.51.100.200',
  '2001:db8::1',
  '203.0.113.1',
  '192.0.2.1',
];

function admitted(groups: readonly CidrGroup[], settings: Parameters<typeof policy>[1]) {
  const clusterPolicies: ClusterPolicy[] = [];
  return admittedWith(groups, [policy('s', settings)], clusterPolicies);
}

function admittedWith(
  groups: readonly CidrGroup[],
  policies: Parameters<typeof service>[2],
  clusterPolicies: readonly ClusterPolicy[],
) {
  const { judge } = createEvaluator({
    stacks: [stack('s', { defaults: { ingress: 'allow', egress: 'allow' } })],
    services: [service('s/web', {}, policies)],
    ...{ clusterPolicies, groups, nodeAddresses: ['192.0.2.1'] },
  });
  const to = { service: 's/web' };
  return ADDRESSES.filter((address) => judge({ from: { address }, to, protocol: 'tcp', port: 80 }).allowed);
}

function denying(...peers: Peer[]): ClusterPolicy {
  return {
    ...{ name: 'no', tier: 'admin', priority: 0, subject: {}, egress: [], origin: at(1) },
    ingress: [{ action: 'deny', peers, ports: [], origin: at(2) }],
  };
}

describe('A group of addresses', () => {
  it('means what is in one of its blocks, each with its own exceptions', () => {
    assert.deepEqual(admitted([stored], { ingress: [rule([office])] }), [
      '198.51.100.1',
      '198.51.100.200',
      '2001:db8::1',
      '192.0.2.1',
    ]);
  });

  it('adds to the other peers of its rule', () => {
    const block: Peer = { kind: 'ipBlock', cidr: '203.0.113.0/24', except: [] };
    const group = { ...stored, blocks: stored.blocks.slice(1, 2) };
    assert.deepEqual(admitted([group], { ingress: [rule([office, block])] }), [
      '198.51.100.200',
      '203.0.113.1',
    ]);
  });

  it('allows nobody while nobody stored it, or it is empty', () => {
    assert.deepEqual(admitted([], { ingress: [rule([office])] }), []);
    assert.deepEqual(admitted([{ ...stored, name: 'other' }], { ingress: [rule([office])] }), []);
    assert.deepEqual(admitted([{ ...stored, blocks: [] }], { ingress: [rule([office])] }), []);
  });

  it('denied, is denied; not stored, it may be anybody outside', () => {
    assert.deepEqual(admittedWith([stored], [], [denying(office)]), ['198.51.100.129', '203.0.113.1']);
    assert.deepEqual(admittedWith([{ ...stored, blocks: [] }], [], [denying(office)]), ADDRESSES);
    assert.deepEqual(admittedWith([], [], [denying(office)]), []);
  });

  it('is never a service', () => {
    const everything = { ...stored, blocks: [{ cidr: '0.0.0.0/0', except: [] }] };
    const { judge } = createEvaluator({
      stacks: [stack('s')],
      services: [
        service('s/web', {}, [policy('s', { on: selector({}), ingress: [rule([office])] })]),
        service('s/api'),
      ],
      groups: [everything],
    });
    const verdict = judge({
      from: { service: 's/api' },
      to: { service: 's/web' },
      protocol: 'tcp',
      port: 80,
    });
    assert.equal(verdict.allowed, false);
  });

  it('that changes is at once another to all whose rules speak of it, own and cluster-wide', () => {
    const locked = service('s/db', {}, [policy('s', { ingress: [rule([peer('s/web'), office])] })]);
    const calculator = createCalculator();
    const tell = (...groups: readonly CidrGroup[]) => {
      calculator.apply([{ kind: 'groups', groups }]);
      const { judge } = calculator.evaluator();
      return ['s/db', 's/web'].map(
        (to) =>
          judge({ from: { address: '203.0.113.1' }, to: { service: to }, protocol: 'tcp', port: 80 }).allowed,
      );
    };
    calculator.apply([
      { kind: 'stack', stack: stack('s', { defaults: { ingress: 'allow', egress: 'allow' } }) },
      { kind: 'service', service: locked },
      { kind: 'service', service: service('s/web', { labels: { app: 'web' } }) },
      {
        kind: 'cluster-policies',
        policies: [{ ...denying(office), subject: { services: selector({ app: 'web' }) } }],
      },
    ]);
    const everywhere = { ...stored, blocks: [{ cidr: '203.0.113.0/24', except: [] }] };
    assert.deepEqual(tell(), [false, false]);
    assert.deepEqual(tell(stored), [false, true]);
    assert.deepEqual(tell(everywhere), [true, false]);
    assert.deepEqual(tell({ ...stored, name: 'other' }), [false, false]);
  });

  it('is called as in an object: `constructor` is no group', () => {
    assert.deepEqual(admitted([stored], { ingress: [rule([{ kind: 'group', group: 'constructor' }])] }), []);
  });
});
