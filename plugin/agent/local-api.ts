import type { Answers } from '../api/local-server.ts';
import type { AgentStatus, DeniedList, GuardedNetworks, HeldStarts as HeldStartsList } from '../api/types.ts';
import type { BridgePolicy } from './bridges/bridge-policy.ts';
import { guardedBridges, localContainers, localModel } from './bridges/report-bridges.ts';
import type { DeniedFlows } from './denied-flows.ts';
import type { Enforcers } from './enforcers.ts';
import type { HeldPolicy } from './held-policy.ts';
import type { ManagerLinks } from './manager-links.ts';
import { guardedNetworks } from './report.ts';
import type { Reporter } from './reporter.ts';
import type { HeldStarts } from './starts/hold-starts.ts';
import type { Surroundings } from './surroundings.ts';
import type { TableDrops } from './table-drops.ts';

export interface LocalApiSources {
  readonly version: string;
  readonly surroundings: Surroundings;
  readonly links: ManagerLinks;
  readonly reporter: Reporter;
  readonly policy: HeldPolicy;
  readonly bridgePolicy: BridgePolicy;
  readonly enforcers: Enforcers;
  readonly denied: DeniedFlows;
  readonly drops: TableDrops;
  readonly starts: HeldStarts;
}

/** What this node's agent answers to who may open its socket. */
export function localApi(sources: LocalApiSources): Answers {
  const { surroundings, policy, bridgePolicy, denied, drops } = sources;
  const { networks, bridges } = sources.enforcers;
  return {
    '/v1/status': (): AgentStatus => {
      const { swarm } = surroundings;
      return {
        role: 'agent',
        version: sources.version,
        hostname: swarm?.hostname ?? '',
        ...(swarm?.node === undefined ? {} : { node: swarm.node }),
        ...(swarm === undefined ? {} : { engine: swarm.engine }),
        swarm: swarm?.state ?? 'unknown',
        controllers: sources.links.status(),
        health: sources.reporter.health(),
        ...localContainers(bridgePolicy),
      };
    },
    '/v1/model': () => localModel(bridgePolicy),
    '/v1/denied': (): DeniedList => ({
      denied: [...denied.recent(), ...drops.recent()].sort((a, b) => a.at - b.at),
    }),
    '/v1/starts': (): HeldStartsList => ({ starts: sources.starts.recent() }),
    '/v1/networks': (): GuardedNetworks => ({
      networks: [
        ...guardedNetworks(networks.list(), policy).networks,
        ...guardedBridges(bridgePolicy, bridges.health()[0]?.state),
      ],
    }),
  };
}
