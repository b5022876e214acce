import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../../compose-ext/index.ts';
import {
  createNodeFeed,
  type NodeInterest,
  type PolicySource,
} from '../../../../plugin/controller/node-feed.ts';
import type { EdgePolicy, NetworkPolicy } from '../../../../rules/network-policy.ts';

const policy = (id: string): NetworkPolicy => ({
  network: { id, name: id, subnets: [], encrypted: false, ingress: false },
  endpoints: {},
  services: {},
  allows: {},
});
const EDGE: EdgePolicy = {
  stance: { ingress: 'isolated', egress: 'open' },
  pair: { ingress: 'isolated', egress: 'open' },
  near: [],
  ingress: [],
  egress: [],
  published: [],
};
const source = (networks: readonly string[], edge: EdgePolicy = EDGE): PolicySource => ({
  network: (id) => (networks.includes(id) ? policy(id) : undefined),
  edge: (service) => (service === 's/guarded' ? edge : undefined),
  nodeAddresses: ['192.0.2.1'],
  settings: DEFAULT_SETTINGS,
  underlay: { addresses: [], unknown: [] },
});
const interest = (
  networks: readonly string[],
  tasks: Readonly<Record<string, string>> = {},
): NodeInterest => ({
  networks,
  tasks: new Map(Object.entries(tasks)),
  services: Object.values(tasks),
});

describe("a node's feed", () => {
  it('has only the annotated networks that the node has', () => {
    const snapshot = createNodeFeed().snapshot(
      3,
      interest(['a', 'plain'], { t: 's/guarded' }),
      source(['a', 'b']),
    );
    assert.equal(snapshot.type, 'snapshot');
    assert.deepEqual(snapshot.policy.networks, { a: policy('a') });
    assert.deepEqual(snapshot.policy.edges, { 's/guarded': EDGE });
    assert.deepEqual(snapshot.policy.tasks, { t: 's/guarded' });
  });

  it('has the settings, and tells when they change', () => {
    const feed = createNodeFeed();
    const snapshot = feed.snapshot(1, interest([]), source([]));
    assert.ok(snapshot.type === 'snapshot');
    assert.deepEqual(snapshot.policy.settings, DEFAULT_SETTINGS);
    const settings = { ...DEFAULT_SETTINGS, encryption: 'required' } as const;
    const strict = { ...source([]), settings };
    assert.deepEqual(feed.delta(2, [], interest([]), strict), {
      type: 'delta',
      revision: 2,
      networks: [],
      settings,
    });
    assert.equal(feed.delta(3, [], interest([]), strict), undefined);
    const underlay = { addresses: ['192.0.2.7'], unknown: [] };
    assert.deepEqual(feed.delta(4, [], interest([]), { ...strict, underlay }), {
      type: 'delta',
      revision: 4,
      networks: [],
      underlay,
    });
  });

  it('says nothing when nothing changed for this node', () => {
    const feed = createNodeFeed();
    feed.snapshot(1, interest(['a']), source(['a', 'b']));
    const others = [{ network: 'b', endpoints: { '10.0.0.1': null } }];
    assert.equal(feed.delta(2, others, interest(['a']), source(['a', 'b'])), undefined);
    assert.equal(feed.revision, 1);
  });

  it('passes on deltas of networks it was told, and tells new ones whole', () => {
    const feed = createNodeFeed();
    feed.snapshot(1, interest(['a']), source(['a', 'b']));
    const delta = { network: 'a', endpoints: { '10.0.0.1': null } };
    const late = { network: 'b', endpoints: { '10.0.0.2': null } };
    const message = feed.delta(2, [delta, late], interest(['a', 'b']), source(['a', 'b']));
    assert.deepEqual(message, {
      type: 'delta',
      revision: 2,
      networks: [delta, { network: 'b', whole: policy('b') }],
    });
  });

  it('goes on telling of a network that the node lost: its namespace may come back', () => {
    const feed = createNodeFeed();
    feed.snapshot(1, interest(['a']), source(['a']));
    const delta = { network: 'a', endpoints: { '10.0.0.1': null } };
    assert.deepEqual(feed.delta(2, [delta], interest([]), source(['a'])), {
      type: 'delta',
      revision: 2,
      networks: [delta],
    });
  });

  it('says when a network is no longer annotated, and tells it whole when it is again', () => {
    const feed = createNodeFeed();
    feed.snapshot(1, interest(['a']), source(['a']));
    const removed = { network: 'a', removed: true } as const;
    assert.deepEqual(feed.delta(2, [removed], interest(['a']), source([])), {
      type: 'delta',
      revision: 2,
      networks: [removed],
    });
    const again = feed.delta(3, [{ network: 'a', whole: policy('a') }], interest(['a']), source(['a']));
    assert.deepEqual(again, { type: 'delta', revision: 3, networks: [{ network: 'a', whole: policy('a') }] });
  });

  it('tells of tasks that come and go, and of edges that change', () => {
    const feed = createNodeFeed();
    feed.snapshot(1, interest([], { t1: 's/guarded' }), source([]));
    const next = { ...EDGE, stance: { ingress: 'audit', egress: 'open' } } as const;
    assert.deepEqual(feed.delta(2, [], interest([], { t2: 's/guarded' }), source([], next)), {
      type: 'delta',
      revision: 2,
      networks: [],
      tasks: { t2: 's/guarded', t1: null },
      edges: { 's/guarded': next },
    });
    assert.deepEqual(feed.delta(3, [], interest([]), source([], next)), {
      type: 'delta',
      revision: 3,
      networks: [],
      tasks: { t2: null },
      edges: { 's/guarded': null },
    });
  });
});
