import { DEFAULT_SETTINGS } from '../../../compose-ext/index.ts';
import type { ControllerStatus, NodeStatus } from '../../../plugin/api/types.ts';
import type { GetApi } from '../../../plugin/cli/api-client.ts';
import { systemClock } from '../../../plugin/process/clock.ts';
import type { AgentHealth } from '../../../plugin/protocol.ts';
import { cli } from './fake-io.ts';

export const NOW = 1_700_000_000_000;
export const clock = { ...systemClock, now: () => NOW };

export const HEALTH: AgentHealth = {
  revision: 7,
  mode: 'enforcing',
  programs: [
    { name: 'DOCKER-USER', state: 'applied', entries: 3, denied: 2, wouldDeny: 0 },
    { name: 'shop_sw-api-web', network: 'n1', state: 'applied', entries: 9, denied: 5, wouldDeny: 1 },
  ],
  driftRepaired: 0,
  encrypted: [],
  encryption: 'available',
  startedAt: NOW - 3_600_000,
};

export const NODE: NodeStatus = {
  id: 'a',
  hostname: 'node1',
  role: 'manager',
  address: '10.0.0.1',
  state: 'connected',
  subscribed: true,
  revision: 7,
  current: 7,
  health: HEALTH,
  encryption: 'available',
  authz: 'none',
};

export const CLUSTER: ControllerStatus = {
  role: 'controller',
  version: '0.1.0',
  hostname: 'node1',
  state: 'serving',
  revision: 7,
  nodes: [NODE],
  annotatedNetworks: [],
  clusterPolicies: {
    policies: 0,
    groups: 0,
    settings: DEFAULT_SETTINGS,
    authz: { revision: 'none', documents: 0 },
    versions: {},
    problems: [],
  },
};

/** Answers of the sockets by `role path`. */
export function serving(answers: Readonly<Record<string, unknown>>): GetApi {
  return <T>(role: string, path: string) => Promise.resolve(answers[`${role} ${path}`] as T | undefined);
}

export function status(cluster: Partial<ControllerStatus>, ...argv: string[]) {
  const getApi = serving({ 'controller /v1/status': { ...CLUSTER, ...cluster } });
  return cli(['status', ...argv], { world: { clock, getApi } });
}
