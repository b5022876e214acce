import { type Address, blockTest, parseAddress } from './address-block.ts';
import { METADATA_ADDRESSES } from './metadata.ts';
import type { Whereabouts } from './peer.ts';

/** Tells the Swarm's own addresses from the world's. What is not an address is nowhere in the world either. */
export function createWhereabouts(
  nodeAddresses: readonly string[],
  clusterNets: readonly string[],
  metadata: readonly string[] = METADATA_ADDRESSES,
): (address: string) => Whereabouts {
  const nodes = new Set(nodeAddresses.map((address) => canonical(parseAddress(address))));
  const spared = new Set(metadata.map((address) => canonical(parseAddress(address))));
  const nets = clusterNets.map((net) => blockTest(net, []));
  return (text) => {
    const address = parseAddress(text);
    if (!address) return 'cluster';
    if (nodes.has(canonical(address))) return 'node';
    if (nets.some((holds) => holds(address))) return 'cluster';
    return spared.has(canonical(address)) ? 'metadata' : 'world';
  };
}

function canonical(address: Address | undefined): string | undefined {
  return address?.toNormalizedString();
}
