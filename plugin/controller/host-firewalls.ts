import type { NodePort } from '../../compose-ext/index.ts';
import type { HostFirewall } from '../../rules/host-firewall/host-firewall.ts';
import { hostTrial, resolveHostPolicy } from '../../rules/host-firewall/resolve.ts';
import type { NodeRecord } from '../docker/node-mapper.ts';
import type { NodePolicies } from '../policy-store/node-policies.ts';

const GOSSIP_PORT = 7946;
const MANAGER_PORT = 2377;

/** Of the nodes that some policy selects, or did when it was confirmed. */
export function hostFirewalls(
  nodes: Iterable<NodeRecord>,
  { stored, confirmed, versions }: NodePolicies,
  swarmPorts: readonly NodePort[],
): ReadonlyMap<string, HostFirewall> {
  return new Map(
    [...nodes].flatMap(({ id, labels }): (readonly [string, HostFirewall])[] => {
      const before = resolveHostPolicy(confirmed, labels);
      const trial = hostTrial(stored, confirmed, versions, labels);
      if (before === undefined && trial === undefined) return [];
      return [[id, { ...(before && { confirmed: before }), ...(trial && { trial }), swarmPorts }]];
    }),
  );
}

/** How the nodes of a Swarm, and Swarmwall on them, talk to one another. */
export function swarmPorts(
  swarm: { readonly managerPorts: readonly number[]; readonly dataPathPort: number },
  controllerPort: number,
): readonly NodePort[] {
  const managers = new Set([...swarm.managerPorts, MANAGER_PORT]);
  return [
    ...[...managers].map((port) => ({ protocol: 'tcp', port }) as const),
    { protocol: 'tcp', port: GOSSIP_PORT },
    { protocol: 'udp', port: GOSSIP_PORT },
    { protocol: 'udp', port: swarm.dataPathPort },
    { protocol: 'tcp', port: controllerPort },
  ];
}
