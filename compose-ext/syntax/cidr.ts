import ipaddr from 'ipaddr.js';

export interface Cidr {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefix: number;
  /** Canonical: network address, host bits cleared. */
  readonly text: string;
}

/** `10.0.0.0/8`, `2001:db8::/32`; a bare address is a block of one. Undefined when it is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9a-fA-F:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  const host = match?.[1];
  if (match === null || host === undefined) return undefined;
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  const size = address.kind() === 'ipv4' ? 32 : 128;
  const prefix = match[2] === undefined ? size : Number(match[2]);
  if (prefix > size) return undefined;
  return { address, prefix, text: `${networkAddress(address, prefix)}/${prefix}` };
}

/** Only four decimal parts: the shorter and octal forms of inet_aton mean other addresses to other readers. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (!text.includes(':')) {
    return /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text) && ipaddr.IPv4.isValid(text)
      ? ipaddr.IPv4.parse(text)
      : undefined;
  }
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

function networkAddress(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & ((0xff << (8 - bits)) & 0xff);
  });
  return ipaddr.fromByteArray(bytes).toString();
}

/** Kubernetes' rule for `except`: the same family, inside the block, and smaller than it. */
export function isStrictlyInside(inner: Cidr, outer: Cidr): boolean {
  if (inner.address.kind() !== outer.address.kind() || inner.prefix <= outer.prefix) return false;
  return inner.address.match(outer.address, outer.prefix);
}
