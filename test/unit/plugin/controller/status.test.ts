import assert from 'node:assert/strict';
import { lagOf } from '../../../../plugin/api/lag.ts';
import type { AgentSession } from '../../../../plugin/controller/agent-session.ts';
import { drawCluster, type ClusterLists } from '../../../../plugin/controller/cluster-view.ts';
import { nodeStatuses } from '../../../../plugin/controller/status.ts';
import type { NodeReport } from '../../../../plugin/protocol.ts';
import type { NetworkPolicy } from '../../../../rules/network-policy.ts';
import { DEFAULT_SETTINGS } from '../../../../compose-ext/index.ts';
import { HEALTH } from '../../cli/status-answers.ts';

const NETWORK = { id: 'net1', name: 'app_net', subnets: ['10.0.1.0/24'], encrypted: false, ingress: false };
const POLICY: NetworkPolicy = { network: NETWORK, services: {}, endpoints: {}, allows: {} };

interface Told {
  readonly state?: string;
  readonly desired?: string;
  readonly held?: boolean;
  readonly guarded?: boolean;
  readonly subscribed?: boolean;
}

/** One node with one task of app/web on app_net, as a controller that has sent it revision 7 tells of it. */
function statusOf({ state = 'running', desired = 'running', held, guarded = true, subscribed = true }: Told) {
  const lists: ClusterLists = {
    services: [{ ID: 'web', Spec: { Name: 'app_web', Labels: { 'com.docker.stack.namespace': 'app' } } }],
    tasks: [
      {
        ID: 't1',
        ServiceID: 'web',
        NodeID: 'node1',
        DesiredState: desired,
        Status: { State: state },
        NetworksAttachments: [{ Network: { ID: NETWORK.id }, Addresses: ['10.0.1.5/24'] }],
      },
    ],
    nodes: [
      {
        ID: 'node1',
        Description: { Hostname: 'one' },
        Spec: { Role: 'manager' },
        Status: { State: 'ready' },
      },
    ],
    networks: [
      { Id: NETWORK.id, Name: NETWORK.name, Driver: 'overlay', Scope: 'swarm', IPAM: { Config: [] } },
    ],
  };
  const picture = drawCluster(lists, new Map(), { policies: [], groups: [], settings: DEFAULT_SETTINGS });
  const endpoint = { address: '10.0.1.5', container: 'c1', task: 't1', ...(held && { held: true as const }) };
  const report: NodeReport = {
    addresses: [],
    networks: held === undefined ? [] : [{ network: NETWORK, endpoints: [endpoint] }],
    health: HEALTH,
  };
  const session = { report, subscribed } as AgentSession;
  const [node] = nodeStatuses(picture, new Map([['node1', session]]), {
    sentTo: () => 7,
    policies: new Map(guarded ? [[NETWORK.id, POLICY]] : []),
    missingSince: () => 0,
  });
  return node!;
}

describe("a node's status", () => {
  it('is behind while a task runs there whose port its kernel does not have, whoever tells it the policy', () => {
    const lag = 'one has no rules yet for app/web at 10.0.1.5 on app_net';
    assert.equal(lagOf(statusOf({})), lag, 'its agent has not seen the network');
    assert.equal(lagOf(statusOf({ held: false })), lag, 'nor written the rules');
    assert.equal(lagOf(statusOf({ held: false, subscribed: false })), lag);
    assert.equal(lagOf(statusOf({ held: true })), undefined);
  });

  it('waits for nobody who does not run, and on no network that nothing guards', () => {
    assert.equal(lagOf(statusOf({ state: 'starting' })), undefined);
    assert.equal(lagOf(statusOf({ desired: 'shutdown' })), undefined);
    assert.equal(lagOf(statusOf({ guarded: false })), undefined);
  });

  it('names one task, and says how many more there are', () => {
    const status = statusOf({});
    const [one] = status.unheld!;
    assert.match(lagOf({ ...status, unheld: [one!, one!, one!] })!, /10\.0\.1\.5 on app_net and 2 more$/u);
  });
});
