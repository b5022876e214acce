import assert from 'node:assert/strict';
import type { Peer } from '../../../compose-ext/policy-model.ts';
import { createEvaluator, type Place } from '../../../rules/evaluator.ts';
import { at, peer, policy, rule, selector, service, stack, tcp } from './policy-cluster.ts';

const stacks = [
  stack('app'),
  stack('ops', { labels: { name: 'ops', 'kubernetes.io/metadata.name': 'ops', team: 'sre' } }),
  stack('bare', { annotated: false }),
];
const others = [
  service('app/web', { labels: { app: 'web', tier: 'front' } }),
  service('app/plain'),
  service('ops/web', { labels: { app: 'web' } }),
  service('ops/scrape', { labels: { app: 'prometheus', tier: 'front' } }),
  service('bare/web', { labels: { app: 'web' } }),
  service('unsaid/web', { labels: { app: 'web' } }),
];

/** Who may reach app/db when its one rule has these peers. */
function admitted(...peers: Peer[]): string[] {
  const db = service('app/db', {}, [policy('app', { on: 'db', ingress: [rule(peers)] })]);
  const { judge } = createEvaluator({ stacks, services: [...others, db] });
  const ask = (from: Place) => judge({ from, to: { service: 'app/db' }, protocol: 'tcp', port: 80 }).allowed;
  return [...others, db].map(({ key }) => key).filter((key) => ask({ service: key }));
}

function anySelector(stackSelector?: object, services?: object): Peer {
  return { kind: 'selector', ...stackSelector, ...services };
}

const everyService = [...others.map(({ key }) => key), 'app/db'];

describe('A peer', () => {
  it('that names a service means that one of that stack', () => {
    assert.deepEqual(admitted(peer('ops/web')), ['ops/web']);
  });

  it('with a service selector alone means services of the policy’s own stack', () => {
    assert.deepEqual(admitted(anySelector({}, { services: selector({ app: 'web' }) })), ['app/web']);
    assert.deepEqual(admitted(anySelector({}, { services: selector({}) })), [
      'app/web',
      'app/plain',
      'app/db',
    ]);
  });

  it('with a stack selector alone means every service of those stacks', () => {
    assert.deepEqual(admitted(anySelector({ stacks: selector({ team: 'sre' }) })), ['ops/web', 'ops/scrape']);
    assert.deepEqual(admitted(anySelector({ stacks: selector({}) })), everyService);
  });

  it('with both means services so labelled, of stacks so labelled', () => {
    const both = anySelector({ stacks: selector({ team: 'sre' }) }, { services: selector({ app: 'web' }) });
    assert.deepEqual(admitted(both), ['ops/web']);
    const empty = anySelector({ stacks: selector({}) }, { services: selector({ app: 'web' }) });
    assert.deepEqual(admitted(empty), ['app/web', 'ops/web', 'bare/web', 'unsaid/web']);
  });

  it('beside another peer widens, where one peer with both selectors narrows', () => {
    const apart = [
      anySelector({ stacks: selector({ team: 'sre' }) }),
      anySelector({}, { services: selector({ app: 'web' }) }),
    ];
    assert.deepEqual(admitted(...apart), ['app/web', 'ops/web', 'ops/scrape']);
  });

  it('finds a stack by its name, also one that nobody described', () => {
    const named = (name: string) =>
      anySelector({ stacks: selector({ 'kubernetes.io/metadata.name': name }) });
    assert.deepEqual(admitted(named('bare')), ['bare/web']);
    assert.deepEqual(admitted(named('unsaid')), ['unsaid/web']);
  });

  it('by expression finds stacks and services too', () => {
    const notOps = selector({}, [{ key: 'team', operator: 'DoesNotExist', values: [] }]);
    const inFront = selector({}, [{ key: 'tier', operator: 'In', values: ['front'] }]);
    assert.deepEqual(admitted(anySelector({ stacks: notOps }, { services: inFront })), ['app/web']);
    const notWeb = selector({}, [{ key: 'app', operator: 'NotIn', values: ['web'] }]);
    assert.deepEqual(admitted(anySelector({}, { services: notWeb })), ['app/plain', 'app/db']);
  });

  it('any, and no peer at all, mean every service', () => {
    assert.deepEqual(admitted({ kind: 'any' }), everyService);
    assert.deepEqual(admitted(), everyService);
  });

  it('any beside another is every service still', () => {
    assert.deepEqual(admitted(peer('ops/web'), { kind: 'any' }), everyService);
  });

  it('world or ipBlock means no service', () => {
    assert.deepEqual(admitted({ kind: 'world' }, { kind: 'ipBlock', cidr: '0.0.0.0/0', except: [] }), []);
  });
});

describe('An address', () => {
  const ask = (peers: readonly Peer[], address: string, direction: 'ingress' | 'egress' = 'ingress') => {
    const policies = [
      policy('app', { on: 'db', directions: [direction], [direction]: [rule(peers, [tcp(80)])] }),
    ];
    const db = service('app/db', {}, policies);
    const { judge } = createEvaluator({
      stacks: [stack('app', { defaults: { ingress: 'allow', egress: 'allow' } })],
      services: [db],
      nodeAddresses: ['192.0.2.1', '2001:db8::1'],
      clusterNets: ['10.0.0.0/8'],
    });
    const [own, outside] = [{ service: 'app/db' }, { address }];
    const ends = direction === 'ingress' ? { from: outside, to: own } : { from: own, to: outside };
    return judge({ ...ends, protocol: 'tcp', port: 80 }).allowed;
  };
  const block = (cidr: string, ...except: string[]): Peer => ({ kind: 'ipBlock', cidr, except });

  it('outside is the world, in both families and both directions', () => {
    assert.ok(ask([{ kind: 'world' }], '198.51.100.7'));
    assert.ok(ask([{ kind: 'world' }], '2001:db8::7'));
    assert.ok(ask([{ kind: 'world' }], '198.51.100.7', 'egress'));
    assert.ok(ask([peer('app/db'), { kind: 'world' }], '198.51.100.7'));
    assert.ok(!ask([peer('app/db')], '198.51.100.7'));
  });

  it('outside is among any, and among no peers', () => {
    assert.ok(ask([{ kind: 'any' }], '198.51.100.7'));
    assert.ok(ask([], '198.51.100.7', 'egress'));
  });

  it('is not meant by an empty stack selector', () => {
    assert.ok(!ask([{ kind: 'selector', stacks: selector({}) }], '198.51.100.7'));
  });

  it('of a node is not the world, but a block may mean it', () => {
    for (const address of ['192.0.2.1', '2001:db8:0::1']) {
      assert.ok(!ask([{ kind: 'world' }], address));
      assert.ok(!ask([{ kind: 'any' }], address));
      assert.ok(!ask([], address));
    }
    assert.ok(ask([block('192.0.2.0/24')], '192.0.2.1'));
    assert.ok(ask([block('2001:db8::/64')], '2001:db8::1'));
  });

  it('of the cluster’s networks is neither the world nor in any block', () => {
    assert.ok(!ask([{ kind: 'world' }, block('10.0.0.0/8'), block('0.0.0.0/0')], '10.1.2.3'));
  });

  it('is in a block but not in its exceptions', () => {
    const peers = [block('198.51.100.0/24', '198.51.100.128/25')];
    assert.ok(ask(peers, '198.51.100.127'));
    assert.ok(!ask(peers, '198.51.100.128'));
    assert.ok(!ask(peers, '198.51.101.1'));
    assert.ok(ask([...peers, block('198.51.100.200/32')], '198.51.100.200'));
  });

  it('matches blocks of its own family only', () => {
    assert.ok(!ask([block('::/0')], '198.51.100.7'));
    assert.ok(!ask([block('0.0.0.0/0')], '2001:db8::7'));
    assert.ok(ask([block('2001:db8::/32', '2001:db8:1::/48')], '2001:db8:2::7'));
    assert.ok(!ask([block('2001:db8::/32', '2001:db8:1::/48')], '2001:db8:1::7'));
    assert.ok(ask([block('198.51.100.0/24')], '::ffff:198.51.100.7'));
  });

  it('or a block that cannot be read is denied', () => {
    assert.ok(!ask([{ kind: 'world' }], 'nonsense'));
    assert.ok(!ask([block('nonsense')], '198.51.100.7'));
    assert.ok(!ask([block('198.51.100.0/24', 'nonsense')], '198.51.100.7'));
  });

  it('alone is a block of itself, in a group', () => {
    const office = (cidr: string, address: string, ...except: string[]) => {
      const policies = [policy('app', { on: 'db', ingress: [rule([{ kind: 'group', group: 'g' }])] })];
      const groups = [{ name: 'g', blocks: [{ cidr, except }], origin: at(1) }];
      const { judge } = createEvaluator({
        ...{ stacks: [stack('app')], services: [service('app/db', {}, policies)], groups },
      });
      return judge({ from: { address }, to: { service: 'app/db' }, protocol: 'tcp', port: 80 }).allowed;
    };
    assert.ok(office('198.51.100.7', '198.51.100.7'));
    assert.ok(!office('198.51.100.7', '198.51.100.6'));
    assert.ok(!office('198.51.100.7', '2001:db8::7'));
    assert.ok(office('2001:db8::7', '2001:db8::7'));
    assert.ok(!office('2001:db8::7', '2001:db8::6'));
    assert.ok(!office('198.51.100.0/24', '198.51.100.7', '198.51.100.7'));
    assert.ok(office('198.51.100.0/24', '198.51.100.6', '198.51.100.7'));
  });

  it('of a service is in a block by any of those that it has and that can be read', () => {
    const policies = [
      policy('app', { on: 'db', ingress: [rule([block('10.1.0.0/16'), block('fd00::/8')])] }),
    ];
    const reaches = (...own: string[]) =>
      createEvaluator({
        stacks: [stack('app')],
        services: [service('app/db', {}, policies), service('app/web')],
        addresses: new Map([['app/web', own]]),
      }).judge({ from: { service: 'app/web' }, to: { service: 'app/db' }, protocol: 'tcp', port: 80 })
        .allowed;
    assert.ok(reaches('10.1.0.1'));
    assert.ok(reaches('10.2.0.1', 'fd00::1'));
    assert.ok(reaches('junk', '10.1.0.1', '10.2.0.1'));
    assert.ok(!reaches('junk', '10.2.0.1'));
    assert.ok(!reaches());
  });

  it('has no side of its own to judge', () => {
    const { judge } = createEvaluator({ stacks: [], services: [] });
    const verdict = judge({
      from: { address: '198.51.100.1' },
      to: { address: '198.51.100.2' },
      protocol: 'icmp',
    });
    assert.deepEqual([verdict.egress.outcome, verdict.ingress.outcome], ['not-isolated', 'not-isolated']);
  });
});
