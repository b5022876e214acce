import { blockTest, parseAddress } from '../../rules/address-block.ts';
import type { Endpoint, NetworkInfo } from '../../rules/network-policy.ts';
import type { LocalNetwork } from '../protocol.ts';
import { endpointKey } from './cluster-diff.ts';

/** Node id → what its agent reports, of the agents that are healthy (or were until a moment ago). */
export type BelievedReports = ReadonlyMap<string, readonly LocalNetwork[]>;

/**
 * The sources of the second leg of each VIP. A node may name one address per network for itself, inside the network,
 * that no task and no VIP has: a node can lie about its own balancer, not about others' tasks.
 */
export function believedLoadBalancers(
  reports: BelievedReports,
  networks: ReadonlyMap<string, NetworkInfo>,
  taken: ReadonlyMap<string, Endpoint>,
): Endpoint[] {
  const claims = new Map<string, Endpoint>();
  for (const [node, locals] of [...reports].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const { network, loadBalancer: address } of locals) {
      const known = networks.get(network.id);
      if (address === undefined || known === undefined || !isInside(address, known)) continue;
      const endpoint: Endpoint = { network: network.id, address, owner: { kind: 'load-balancer', node } };
      const key = endpointKey(endpoint);
      if (!taken.has(key) && !claims.has(key)) claims.set(key, endpoint);
    }
  return [...claims.values()];
}

function isInside(address: string, { subnets }: NetworkInfo): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && subnets.some((subnet) => blockTest(subnet, [])(parsed));
}
