import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = readonly [network: Address, prefix: number];

/** Undefined when it is not an address. An IPv4 address written as `::ffff:…` is that IPv4 address. */
export function parseAddress(text: string): Address | undefined {
  // The family first: the library's own guess throws and catches, and there are many of these.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined;
}

/** Undefined when it is not an address or a block; an address alone is the block of just that address. */
export function parseBlock(text: string): Block | undefined {
  const address = text.includes('/') ? undefined : parseAddress(text);
  if (address) return [address, address.kind() === 'ipv4' ? 32 : 128];
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return ipaddr.IPv4.parseCIDR(text);
  return ipaddr.IPv6.isValidCIDR(text) ? ipaddr.IPv6.parseCIDR(text) : undefined;
}

/** A test for one ipBlock. A block that cannot be read holds nothing, and an unreadable exception excepts all. */
export function blockTest(cidr: string, except: readonly string[]): (address: Address) => boolean {
  const block = parseBlock(cidr);
  const exceptions = except.map(parseBlock);
  if (!block || exceptions.includes(undefined)) return () => false;
  return (address) =>
    contains(block, address) && !exceptions.some((exception) => exception && contains(exception, address));
}

/** Whether one of these blocks holds an address, given as text. */
export function anyBlockTest(cidrs: readonly string[]): (address: string) => boolean {
  const tests = cidrs.map((cidr) => blockTest(cidr, []));
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && tests.some((holds) => holds(address));
  };
}

function contains([network, prefix]: Block, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, prefix);
}
