import assert from 'node:assert/strict';
import { judgeByNetworkPolicy } from '../../../rules/kernel-semantics.ts';
import {
  type Allow,
  allowKey,
  type NetworkPolicy,
  type ServiceStance,
} from '../../../rules/network-policy.ts';

const network = { id: 'n', name: 'n', subnets: [], encrypted: false, ingress: false };
const stance = (egress: ServiceStance['egress'], ingress: ServiceStance['ingress']) => ({ egress, ingress });

function policyOf(services: Record<string, ServiceStance>, ...allows: Allow[]): NetworkPolicy {
  const endpoints = Object.keys(services).map((key) => [key, { kind: 'service', service: key }]);
  return {
    network,
    services,
    endpoints: { ...Object.fromEntries(endpoints), lb: { kind: 'load-balancer', node: 'x' } },
    allows: Object.fromEntries(allows.map((allow) => [allowKey(allow), allow])),
  };
}

function judge(policy: NetworkPolicy, from: string, to: string, port = 80) {
  return judgeByNetworkPolicy(policy, { from, to, protocol: 'tcp', port });
}

describe('A kernel with a network’s policy', () => {
  const isolated = {
    a: stance('open', 'open'),
    b: stance('open', 'isolated'),
    c: stance('isolated', 'open'),
  };

  it('denies what it does not know, on either side', () => {
    const policy = policyOf(isolated, { from: '*', to: 'b', protocol: 'any' });
    assert.deepEqual(
      [judge(policy, 'x', 'b'), judge(policy, 'a', 'x'), judge(policy, 'a', 'b')],
      ['denied', 'denied', 'allowed'],
    );
  });

  it('lets a load balancer send to services, and nothing be sent to it', () => {
    const policy = policyOf(isolated);
    assert.deepEqual(
      [judge(policy, 'lb', 'b'), judge(policy, 'a', 'lb'), judge(policy, 'lb', 'lb')],
      ['allowed', 'denied', 'denied'],
    );
  });

  it('gives an isolated source nothing for any source, nor an open destination', () => {
    const policy = policyOf(isolated, { from: '*', to: 'b', protocol: 'any' });
    assert.deepEqual([judge(policy, 'c', 'b'), judge(policy, 'c', 'a')], ['denied', 'denied']);
  });

  it('takes the narrowest entry, would-deny or not', () => {
    const policy = policyOf(
      isolated,
      { from: 'c', to: 'b', protocol: 'any', wouldDeny: true },
      { from: 'c', to: 'b', protocol: 'tcp', port: 80 },
      { from: 'c', to: 'b', protocol: 'tcp', port: 90, endPort: 99 },
    );
    assert.deepEqual(
      [judge(policy, 'c', 'b'), judge(policy, 'c', 'b', 95), judge(policy, 'c', 'b', 81)],
      ['allowed', 'allowed', 'would-deny'],
    );
  });

  it('lets ICMP pass only where everything may', () => {
    const ping = { from: 'a', to: 'b', icmp: true } as const;
    assert.equal(
      judgeByNetworkPolicy(policyOf(isolated, { from: 'a', to: 'b', protocol: 'tcp' }), ping),
      'denied',
    );
    assert.equal(
      judgeByNetworkPolicy(policyOf(isolated, { from: 'a', to: 'b', protocol: 'any' }), ping),
      'allowed',
    );
  });

  it('counts as would-deny what passes by no entry and has a side in audit', () => {
    const audit = { a: stance('audit', 'open'), b: stance('open', 'audit'), c: stance('open', 'open') };
    const policy = policyOf(audit);
    assert.deepEqual(
      [judge(policy, 'a', 'c'), judge(policy, 'c', 'b'), judge(policy, 'c', 'c')],
      ['would-deny', 'would-deny', 'allowed'],
    );
  });
});

describe('An allow’s key', () => {
  const key = (ports: Partial<Allow>) => allowKey({ from: 's/a', to: 's/b', protocol: 'tcp', ...ports });

  it('says from whom, to whom and on what', () => {
    assert.equal(key({}), 's/a>s/b/tcp');
    assert.equal(key({ port: 80 }), 's/a>s/b/tcp:80');
    assert.equal(key({ port: 80, endPort: 90 }), 's/a>s/b/tcp:80-90');
    assert.equal(key({ protocol: 'any' }), 's/a>s/b/any');
  });

  it('is the same however one entry is written', () => {
    assert.equal(key({ port: 80, endPort: 80 }), key({ port: 80 }));
    assert.equal(key({ port: 80, endPort: 79 }), key({ port: 80 }));
    assert.equal(key({ port: 0, endPort: 65535 }), key({}));
    for (const protocol of ['any', 'icmp'] as const)
      assert.equal(key({ protocol, port: 8 }), key({ protocol }));
  });

  it('is another for other ports', () => {
    const all = [{}, { port: 0 }, { port: 65535 }, { port: 1, endPort: 65535 }, { port: 0, endPort: 65534 }];
    assert.equal(new Set(all.map(key)).size, all.length);
  });
});
