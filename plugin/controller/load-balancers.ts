import { blockTest, parseAddress } from '../../rules/address-block.ts';
import type { ClusterSettings } from '../../compose-ext/index.ts';
import type { Endpoint, NetworkInfo } from '../../rules/network-policy.ts';
import type { LocalNetwork } from '../protocol.ts';
import { endpointKey } from './cluster-diff.ts';

/** What a node's agent said last of the networks whose program is in that node's kernel. */
export interface NodeWord {
  readonly networks: readonly LocalNetwork[];
  /** The node's own. */
  readonly addresses: readonly string[];
  /** Its agent went, longer ago than a restart takes. */
  readonly gone: boolean;
}

/** By node. */
export type NodeWords = ReadonlyMap<string, NodeWord>;

/** What managers know of a node. */
export interface KnownNode {
  readonly up: boolean;
  /** Networks of tasks that are placed on it. */
  readonly networks: ReadonlySet<string>;
}

/**
 * The sources of the second leg of each VIP. A node may name one address per network for itself, inside the network,
 * that no task and no VIP has: a node can lie about its own balancer, not about others' tasks. One whose agent went
 * is believed in permissive mode while it is up and has tasks there: later the address may be given to another.
 */
export function believedLoadBalancers(
  words: NodeWords,
  networks: ReadonlyMap<string, NetworkInfo>,
  taken: ReadonlyMap<string, Endpoint>,
  nodes: ReadonlyMap<string, KnownNode>,
  mode: ClusterSettings['nodes'],
): Endpoint[] {
  const claims = new Map<string, Endpoint>();
  for (const [node, { networks: locals, gone }] of [...words].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const { network, loadBalancer: address } of locals) {
      const known = networks.get(network.id);
      if (address === undefined || known === undefined || !isInside(address, known)) continue;
      if (gone && !mayOutlive(nodes.get(node), network.id, mode)) continue;
      const endpoint: Endpoint = { network: network.id, address, owner: { kind: 'load-balancer', node } };
      const key = endpointKey(endpoint);
      if (!taken.has(key) && !claims.has(key)) claims.set(key, endpoint);
    }
  return [...claims.values()];
}

function mayOutlive(node: KnownNode | undefined, network: string, mode: ClusterSettings['nodes']): boolean {
  return mode === 'permissive' && node?.up === true && node.networks.has(network);
}

function isInside(address: string, { subnets }: NetworkInfo): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && subnets.some((subnet) => blockTest(subnet, [])(parsed));
}
