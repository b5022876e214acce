import { type Address, blockTest, parseAddress } from '../address-block.ts';

export interface OwnAddresses {
  /** Blocks of overlays and of bridges on this node. */
  readonly clusterNets: readonly string[];
  readonly nodeAddresses: readonly string[];
  /** Besides the well-known ones. */
  readonly metadataAddresses?: readonly string[];
}

/**
 * What no name can mean, whatever a DNS server says: this machine, its links, clouds' metadata services (which the
 * cluster's settings may know better, but not open), and what is no one host's.
 */
const NEVER = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((block) => blockTest(block, []));

/** Whether a name may lead to the address. IPv4 only. Names must not open what rules about blocks keep apart. */
export function createReachable({
  clusterNets,
  nodeAddresses,
  metadataAddresses = [],
}: OwnAddresses): (address: string) => boolean {
  const nets = clusterNets.map((net) => blockTest(net, []));
  const own = new Set([...nodeAddresses, ...metadataAddresses]);
  const within = (tests: readonly ((address: Address) => boolean)[], address: Address) =>
    tests.some((holds) => holds(address));
  return (text) => {
    const address = parseAddress(text);
    if (address?.kind() !== 'ipv4' || own.has(text)) return false;
    return !within(NEVER, address) && !within(nets, address);
  };
}
