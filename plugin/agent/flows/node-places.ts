import type { ServiceKey } from '../../../compose-ext/policy-model.ts';
import { GATEWAY_BRIDGE } from '../../../rules/docker-user/names.ts';
import type { BridgePolicy } from '../bridges/bridge-policy.ts';
import { plainKey } from '../bridges/with-bridges.ts';
import type { DockerUserGuard } from '../docker-user-guard.ts';
import type { HeldPolicy } from '../held-policy.ts';
import type { Ipv6EdgeGuard } from '../ipv6-edge-guard.ts';
import type { LocalFacts } from '../local-facts.ts';

/** Who is at an address of one of the node's own bridges. */
export interface NodePlace {
  readonly network: string;
  readonly service?: ServiceKey;
  readonly container?: string;
  readonly task?: string;
}

export interface NodePlaceSources {
  readonly policy: Pick<HeldPolicy, 'tasks'>;
  readonly facts: () => LocalFacts | undefined;
  readonly bridges: Pick<BridgePolicy, 'facts' | 'endpoints'>;
  readonly edge: () => DockerUserGuard['held'];
  readonly edge6: () => Ipv6EdgeGuard['held'];
}

/** By address: of docker_gwbridge, and of guarded bridges of Docker Compose. */
export function createNodePlaces(sources: NodePlaceSources): (address: string) => NodePlace | undefined {
  const { policy, facts, bridges, edge, edge6 } = sources;
  let from: readonly unknown[] = [];
  let places = new Map<string, NodePlace>();

  function gather(): Map<string, NodePlace> {
    const found = new Map<string, NodePlace>();
    for (const { address, service } of [...(edge()?.tasks ?? []), ...(edge6()?.tasks ?? [])])
      found.set(address, { network: GATEWAY_BRIDGE, service: plainKey(service) });
    const { addresses = [], addresses6 = [] } = facts()?.gateway ?? {};
    for (const [container, address] of [...addresses, ...addresses6]) {
      const service = found.get(address)?.service;
      const task = facts()?.claims.get(container);
      found.set(address, {
        ...{ network: GATEWAY_BRIDGE, container },
        ...(service !== undefined && { service }),
        // Its label says so; that the task is one of that service's, managers do.
        ...(service !== undefined && task !== undefined && policy.tasks.get(task) === service && { task }),
      });
    }
    for (const { network, endpoints } of bridges.facts.bridges)
      for (const { address, container } of endpoints) {
        const service = bridges.endpoints.get(address);
        found.set(address, { network: network.name, container, ...(service !== undefined && { service }) });
      }
    return found;
  }

  return (address) => {
    const now = [edge(), edge6(), facts(), bridges.facts];
    if (now.some((source, index) => source !== from[index])) {
      from = now;
      places = gather();
    }
    return places.get(address);
  };
}
