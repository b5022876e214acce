import assert from 'node:assert/strict';
import type { ClusterPolicy, Peer, PortMatch, TierAction } from '../../../compose-ext/policy-model.ts';
import { connectivityOf, type ConnectivityInput } from '../../../rules/connectivity.ts';
import { at, peer, policy, rule, selector, service, stack, tcp } from './policy-cluster.ts';

const open = { defaults: { ingress: 'allow', egress: 'allow' } } as const;
const stacks = [stack('s', open), stack('t', open)];
const ports = [
  { protocol: 'tcp', target: 80, name: 'http' },
  { protocol: 'tcp', target: 90, name: 'admin' },
] as const;

/** `from>to ports`, of those that do not pass freely. */
function limited(input: Partial<ConnectivityInput>): readonly string[] {
  const connections = connectivityOf({ stacks, services: [], externals: new Map(), ...input });
  return [...connections]
    .map(({ from, to, ports: passing }) => {
      const told = passing.map(({ protocol, port, endPort }) =>
        [protocol, ...[port, endPort].filter((each) => each !== undefined)].join(' '),
      );
      return `${from}>${to} ${told.join(', ')}`;
    })
    .filter((each) => !each.endsWith(' any'));
}

function says(
  action: TierAction,
  peers: readonly Peer[],
  matches: readonly PortMatch[] = [],
): ClusterPolicy['ingress'][number] {
  return { action, peers, ports: matches, origin: at(1) };
}

function clusterPolicy(name: string, settings: Partial<ClusterPolicy>): ClusterPolicy {
  return {
    ...{ name, tier: 'admin', priority: 0, subject: { services: selector({ app: name }) } },
    ...{ ingress: [], egress: [], origin: at(1), ...settings },
  };
}

describe('Services whose rules share a list of peers', () => {
  const peers = [peer('s/db')];

  it('are told apart by the names of their ports', () => {
    const services = [
      service('s/a', {}, [policy('s', { egress: [rule(peers, [tcp('http')])] })]),
      service('s/b', {}, [policy('s', { egress: [rule(peers, [tcp('admin')])] })]),
      service('s/c', {}, [policy('s', { egress: [rule(peers, [tcp(80)])] })]),
      service('s/d', {}, [policy('s', { egress: [rule(peers, [tcp(80), tcp('admin')])] })]),
      service('s/db', { ports }),
    ];
    assert.deepEqual(limited({ services }), [
      's/a>s/db tcp 80',
      's/b>s/db tcp 90',
      's/c>s/db tcp 80',
      's/d>s/db tcp 80, tcp 90',
    ]);
  });

  it('are told apart by the stack that a selector means', () => {
    const own = [{ kind: 'selector', services: selector({}) }] as const;
    const [ofS, ofT] = ['s', 't'].map((name) => policy(name, { egress: [rule(own, [tcp(80)])] }));
    const services = [
      service('s/a', {}, [ofS!]),
      service('t/a', {}, [ofT!]),
      { ...service('s/b'), policies: [] },
      { ...service('t/b'), policies: [] },
    ];
    assert.deepEqual(limited({ services }), ['s/a>s/b tcp 80', 't/a>t/b tcp 80']);
  });

  it('are told apart by what a cluster policy does', () => {
    const to = [peer('s/db')];
    const services = [
      ...['allows', 'denies', 'passes'].map((app) => service(`s/${app}`, { labels: { app } })),
      service('s/db'),
    ];
    const clusterPolicies = [
      clusterPolicy('allows', { egress: [says('allow', to, [tcp(80)]), says('deny', to)] }),
      clusterPolicy('denies', { egress: [says('deny', to, [tcp(80)])] }),
      clusterPolicy('passes', { egress: [says('pass', to, [tcp(80)]), says('deny', to)] }),
    ];
    assert.deepEqual(limited({ services, clusterPolicies }), [
      's/allows>s/db tcp 80',
      's/denies>s/db tcp 1 79, tcp 81 65535, udp, sctp, icmp',
      's/passes>s/db tcp 80',
    ]);
  });

  it('may mean a node to deny it, and not to allow it', () => {
    const anyone: readonly Peer[] = [{ kind: 'any' }];
    const services = ['allows', 'denies'].map((app) => service(`s/${app}`, { labels: { app } }));
    const input = {
      ...{ services, nodeAddresses: ['192.0.2.1'], externals: new Map([['node', '192.0.2.1']]) },
      clusterPolicies: [
        clusterPolicy('allows', { ingress: [says('allow', anyone, [tcp(80)])] }),
        clusterPolicy('denies', { ingress: [says('deny', anyone, [tcp(1, 65535)])] }),
      ],
    };
    assert.deepEqual(limited(input), [
      's/allows>s/denies udp, sctp, icmp',
      's/denies>s/allows tcp, udp, sctp, icmp',
      'node>s/denies udp, sctp, icmp',
    ]);
  });
});

describe('Connectivity in rows', () => {
  it('keeps isolated and open services with the same cluster policies apart', () => {
    const services = [
      service('s/open', { labels: { app: 'it' } }),
      service('s/shut', { labels: { app: 'it' } }, [policy('s', {})]),
    ];
    const clusterPolicies = [clusterPolicy('it', { ingress: [says('allow', [], [tcp(80)])] })];
    assert.deepEqual(limited({ services, clusterPolicies }), [
      's/open>s/shut tcp 80',
      's/shut>s/open tcp, udp, sctp, icmp',
    ]);
  });

  it('asks nothing between places outside, nor of one toward itself', () => {
    const externals = new Map([
      ['one', '198.51.100.1'],
      ['two', '198.51.100.2'],
    ]);
    const services = [service('s/a')];
    assert.deepEqual(
      [...connectivityOf({ stacks, services, externals })].map(({ from, to }) => `${from}>${to}`),
      ['s/a>one', 's/a>two', 'one>s/a', 'two>s/a'],
    );
  });
});
