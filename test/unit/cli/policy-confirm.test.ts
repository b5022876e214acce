import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ControllerStatus, NodeStatus } from '../../../plugin/api/types.ts';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import { hostFirewall } from '../../../plugin/cli/status/host-firewall.ts';
import { nodeState } from '../../../plugin/cli/status/health.ts';
import { systemClock } from '../../../plugin/process/clock.ts';
import type { HostFirewallHealth } from '../../../plugin/protocol.ts';
import { cli } from './fake-io.ts';
import { fakeSwarm, type FakeSwarm } from './fake-swarm.ts';
import { hurryingClock } from './hurrying-clock.ts';

const NODE_POLICY = `kind: NodePolicy
name: nodes
ingress: [{ from: [{ group: office }], ports: [{ port: 22 }] }]
---
kind: CIDRGroup
name: office
cidrs: [10.0.0.0/8]
`;

const node = (hostname: string, firewall?: HostFirewallHealth): NodeStatus => ({
  ...{ id: hostname, hostname, role: 'worker', address: '10.0.0.1', state: 'connected', authz: 'none' },
  ...{ subscribed: true, revision: 1, current: 1, encryption: 'available' },
  health: {
    ...{
      revision: 1,
      mode: 'enforcing',
      programs: [],
      driftRepaired: 0,
      encrypted: [],
      encryption: 'available',
      startedAt: 0,
    },
    ...(firewall && { hostFirewall: firewall }),
  },
});

/** Answers with these nodes, one after the other; the last for good. */
function controller(...answers: (readonly NodeStatus[])[]): GetApi {
  return <T>() => {
    const [nodes = []] = answers.length > 1 ? answers.splice(0, 1) : answers;
    const clusterPolicies = { versions: {}, authz: { revision: 'none', documents: 0 }, problems: [] };
    const status = { role: 'controller', state: 'serving', nodes, clusterPolicies };
    return Promise.resolve(status as unknown as ControllerStatus as T);
  };
}

function run(fake: FakeSwarm, argv: readonly string[], getApi: GetApi, stdin = '') {
  const clock = {
    ...systemClock,
    after: (_: number, call: () => void) => {
      setImmediate(call);
      return () => undefined;
    },
  };
  const world = {
    connectSwarm: () => Promise.resolve(fake.swarm),
    author: () => 'alice@laptop',
    clock,
    getApi,
  };
  return cli(['policy', ...argv], { world, stdin });
}

const apply = (fake: FakeSwarm, getApi = controller([])) =>
  run(fake, ['apply', '-f', '-', '--no-wait'], getApi, NODE_POLICY);
const confirmed = (fake: FakeSwarm) =>
  fake.configs.configs.flatMap(({ Spec }) =>
    Spec?.Labels?.['swarmwall.policy.confirmed'] === 'alice@laptop' ? [Spec.Name] : [],
  );

const TRIAL = { state: 'trial', policies: ['nodes'], tried: ['nodes'], until: 5_000 } as const;
const BACK = { state: 'rolled-back', policies: [], tried: ['nodes'], until: 5_000 } as const;
const KEPT = { state: 'confirmed', policies: ['nodes'] } as const;

describe('swarmwall policy confirm', () => {
  it('is what apply tells to do', async () => {
    const ran = await apply(fakeSwarm());
    assert.match(ran.stdout, /! nodes, office: tried, and taken back by itself unless confirmed/u);
    assert.match(ran.stdout, /Connect to each node anew .*: swarmwall policy confirm nodes office\n/u);
  });

  it('keeps what is tried, the group with it, and waits until no node tries it', async () => {
    const fake = fakeSwarm();
    await apply(fake);
    const nodes = controller([node('n1', TRIAL)], [node('n1', TRIAL)], [node('n1', KEPT)]);
    const ran = await run(fake, ['confirm', 'nodes'], nodes);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.equal(ran.stdout, '✓ nodes: confirmed, version 1\n✓ office: confirmed, version 1\n');
    assert.deepEqual(confirmed(fake), ['swarmwall-policy.nodes.v1', 'swarmwall-policy.office.v1']);
    const again = await run(fake, ['confirm'], nodes);
    assert.equal(again.stdout, 'nothing waits to be confirmed\n');
    const named = await run(fake, ['confirm', 'nodes', '--json'], nodes);
    assert.deepEqual(named.json(), { confirmed: [], state: 'kept', behind: [] });
  });

  it('refuses what a node took back, and names that are none', async () => {
    const fake = fakeSwarm();
    await apply(fake);
    const ran = await run(fake, ['confirm'], controller([node('n1', KEPT), node('n2', BACK)]));
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /n2 took it back already/u);
    assert.deepEqual(confirmed(fake), []);
    assert.equal((await run(fake, ['confirm', 'node'], controller([]))).exitCode, 2);
  });

  it('names the nodes that do not know in time', async () => {
    const fake = fakeSwarm();
    await apply(fake);
    const world = {
      ...{ connectSwarm: () => Promise.resolve(fake.swarm), author: () => 'alice@laptop' },
      getApi: controller([node('n1', TRIAL)]),
      clock: hurryingClock(),
    };
    const ran = await cli(['policy', 'confirm'], { world });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stdout, /✗ not known on n1 yet/u);
  });
});

describe("a node's host firewall, in status", () => {
  it('says what is tried and what was taken back, which is not as it should be', () => {
    assert.equal(hostFirewall(undefined, 0), undefined);
    assert.equal(hostFirewall(KEPT, 0), 'nodes');
    assert.match(hostFirewall(TRIAL, 2_000) ?? '', /^tries nodes, taken back in 3s unless confirmed/u);
    assert.equal(
      hostFirewall(BACK, 65_000),
      'nobody confirmed nodes, so it was taken back 1m ago; in force: no policy',
    );
    assert.equal(nodeState(node('n', BACK)), 'rolled back');
    assert.equal(nodeState(node('n', TRIAL)), 'ok');
  });
});
