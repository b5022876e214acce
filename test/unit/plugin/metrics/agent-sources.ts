import type { AgentSources } from '../../../../plugin/metrics/agent-metrics.ts';
import type { ControllerSources } from '../../../../plugin/metrics/controller-metrics.ts';
import type { AgentHealth } from '../../../../plugin/protocol.ts';
import { FakeClock } from '../fake-clock.ts';

export const HEALTH: AgentHealth = {
  ...{
    revision: 7,
    mode: 'enforcing',
    driftRepaired: 2,
    encryption: 'available',
    startedAt: 1_790_000_000_000,
  },
  programs: [
    { name: 'front', network: 'n1', state: 'applied', entries: 12, denied: 3, wouldDeny: 1 },
    { name: 'DOCKER-USER', state: 'failed', entries: 4, denied: 0, wouldDeny: 0 },
  ],
  encrypted: [{ id: 'n1', name: 'front', state: 'broken', missing: [], mtu: 1450, peers: [] }],
};

/** An agent's numbers, as a test wants them. */
export function agentSources(more: Partial<AgentSources> = {}): AgentSources {
  return {
    ...{ version: '1.2.3', clock: new FakeClock() },
    health: () => HEALTH,
    revision: () => 7,
    links: () => [{ state: 'connected' }, { state: 'refused' }],
    errors: () => new Map([['docker-failed', 4]]),
    certificates: () => undefined,
    ...more,
  };
}

export function controllerSources(more: Partial<ControllerSources> = {}): ControllerSources {
  const node = (hostname: string, state: 'connected' | 'missing' | 'down', current: number) => ({
    ...{ id: hostname, hostname, role: 'worker' as const, address: '198.51.100.1', state },
    ...{ subscribed: state === 'connected', revision: 5, current, encryption: 'unknown' as const },
  });
  return {
    ...{ version: '1.2.3', clock: new FakeClock() },
    status: () => ({
      ...{ role: 'controller', version: '1.2.3', hostname: 'one', state: 'serving', revision: 9 },
      nodes: [node('one', 'connected', 8), node('two', 'missing', 0), node('three', 'down', 0)],
      annotatedNetworks: [],
      clusterPolicies: {
        ...{ policies: 2, groups: 0, settings: { nodes: 'permissive', encryption: 'verify' } },
        ...{ authz: { revision: '', documents: 0 }, versions: { 'no-ssh': 3 }, problems: [] },
      },
    }),
    errors: () => new Map(),
    certificates: () => undefined,
    queues: () => ({ webhook: 1 }),
    sendQueueBytes: () => 512,
    ...more,
  };
}
