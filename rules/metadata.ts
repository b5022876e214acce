import { blockTest, parseAddress, parseBlock } from './address-block.ts';

/**
 * Where clouds give a machine's credentials to whoever asks from it: AWS, Google, Azure and others; ECS and EKS tasks;
 * Alibaba; Oracle; AWS over IPv6.
 */
export const METADATA_ADDRESSES: readonly string[] = [
  ...['169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200', '192.0.0.192'],
  ...['fd00:ec2::254', 'fd00:ec2::23'],
];

/** Addresses that no rule means unless it names them. */
export interface Metadata {
  readonly addresses: readonly string[];
  /** Those in the block that it is too wide to mean. */
  spared(cidr: string): readonly string[];
}

const LINK_LOCAL = blockTest('169.254.0.0/16', []);

export function createMetadata(addresses: readonly string[] = METADATA_ADDRESSES): Metadata {
  const known = addresses.flatMap((text) => {
    const address = parseAddress(text);
    return address ? [{ text: address.toString(), address, local: LINK_LOCAL(address) }] : [];
  });
  return {
    addresses: known.map(({ text }) => text),
    spared(cidr) {
      const block = parseBlock(cidr);
      if (!block) return [];
      const holds = blockTest(cidr, []);
      const [network, prefix] = block;
      const whole = network.kind() === 'ipv4' ? 32 : 128;
      return known
        .filter(({ address, local }) => holds(address) && prefix < (local ? 16 : whole))
        .map(({ text }) => text);
    },
  };
}
