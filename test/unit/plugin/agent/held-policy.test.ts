import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../../compose-ext/index.ts';
import { gatewayTasks } from '../../../../plugin/agent/gateway-tasks.ts';
import { holdPolicy } from '../../../../plugin/agent/held-policy.ts';
import type { NetworkPolicy, NodeSnapshot } from '../../../../rules/network-policy.ts';
import { localFacts, localGateway, localOverlay } from '../../../support/local-facts.ts';

const policy = (id: string): NetworkPolicy => ({
  network: { id, name: id, subnets: [], encrypted: false, ingress: false },
  endpoints: { '10.0.0.2': { kind: 'service', service: 's/web' } },
  services: {},
  allows: {},
});
const node = (...networks: readonly string[]): NodeSnapshot => ({
  networks: Object.fromEntries(networks.map((id) => [id, policy(id)])),
  tasks: { t1: 's/web' },
  edges: {},
  nodeAddresses: ['192.0.2.1'],
  settings: DEFAULT_SETTINGS,
  underlay: { addresses: ['192.0.2.1', '192.0.2.9'], unknown: [] },
});

describe('the held policy', () => {
  it('is what was saved until a manager speaks', () => {
    const held = holdPolicy(node('a'));
    assert.equal(held.fresh, false);
    assert.equal(held.known, true);
    assert.equal(held.owner('a', '10.0.0.2'), 's/web');
    assert.equal(holdPolicy(undefined).known, false);
  });

  it('follows deltas, and forgets what they take away', () => {
    const held = holdPolicy(undefined);
    held.take({ type: 'snapshot', revision: 1, policy: node('a') }, new Set());
    held.take(
      {
        type: 'delta',
        revision: 2,
        networks: [{ network: 'a', endpoints: { '10.0.0.2': null } }],
        tasks: { t1: null, t2: 's/db' },
      },
      new Set(),
    );
    assert.equal(held.revision, 2);
    assert.equal(held.owner('a', '10.0.0.2'), undefined);
    assert.deepEqual([...held.tasks], [['t2', 's/db']]);
  });

  it('drops a network that a snapshot leaves out only when that manager knew that it is here', () => {
    for (const [reported, kept] of [
      [['a'], false],
      [[], true],
    ] as const) {
      const held = holdPolicy(node('a', 'b'));
      const deltas = held.take({ type: 'snapshot', revision: 1, policy: node('b') }, new Set(reported));
      assert.equal(held.network('a') !== undefined, kept);
      assert.equal(
        deltas.some(({ network, removed }) => network === 'a' && removed === true),
        !kept,
      );
    }
  });
});

describe("the cluster's settings", () => {
  it('are the defaults until a manager tells others, and stay in its absence', () => {
    const strict = { ...DEFAULT_SETTINGS, nodes: 'strict' } as const;
    const held = holdPolicy(undefined);
    assert.deepEqual(held.settings, DEFAULT_SETTINGS);
    held.take({ type: 'snapshot', revision: 1, policy: node() }, new Set());
    held.take({ type: 'delta', revision: 2, networks: [], settings: strict }, new Set());
    held.take({ type: 'delta', revision: 3, networks: [] }, new Set());
    assert.deepEqual(held.settings, strict);
    assert.deepEqual(holdPolicy(held.whole()).settings, strict);
    const underlay = { addresses: [], unknown: ['node2'] };
    held.take({ type: 'delta', revision: 4, networks: [], underlay }, new Set());
    assert.deepEqual(holdPolicy(held.whole()).underlay, underlay);
  });
});

const HOST_PORT = { protocol: 'tcp', target: 80, published: 32768 } as const;

describe('tasks on docker_gwbridge', () => {
  const facts = (task: string | undefined, address: string) => {
    const endpoints = [{ address, container: 'c1', ...(task === undefined ? {} : { task }) }];
    return localFacts({
      overlays: [localOverlay({ network: policy('a').network, file: '1-a', endpoints })],
      gateway: localGateway({
        subnets: ['172.18.0.0/16'],
        addresses: new Map([['c1', '172.18.0.3']]),
        addresses6: new Map([['c1', 'fd18::3']]),
        published: new Map([['c2', [HOST_PORT]]]),
      }),
    });
  };
  const held = holdPolicy(node('a'));

  it('are those that the managers placed here, at the address that they gave', () => {
    assert.deepEqual(gatewayTasks(facts('t1', '10.0.0.2'), held), [
      { address: '172.18.0.3', service: 's/web' },
    ]);
    assert.deepEqual(gatewayTasks(facts('t1', '10.0.0.2'), held, 'addresses6'), [
      { address: 'fd18::3', service: 's/web' },
    ]);
  });

  it('have the ports that the engine listens for', () => {
    const { gateway, ...rest } = facts('t1', '10.0.0.2');
    assert.ok(gateway);
    const listening = { ...rest, gateway: { ...gateway, published: new Map([['c1', [HOST_PORT]]]) } };
    assert.deepEqual(gatewayTasks(listening, held)[0]?.ports, [HOST_PORT]);
  });

  it('are not containers that only say so', () => {
    assert.deepEqual(gatewayTasks(facts('t1', '10.0.0.77'), held), []);
    assert.deepEqual(gatewayTasks(facts('t9', '10.0.0.2'), held), []);
    assert.deepEqual(gatewayTasks(facts(undefined, '10.0.0.2'), held), []);
  });
});
