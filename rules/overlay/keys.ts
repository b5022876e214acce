import type { Protocol } from '../../compose-ext/policy-model.ts';
import { type Allow, allowedRange } from '../network-policy.ts';

/** Numbers, not names: a plugin's image need not have /etc/protocols. */
export const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const satisfies Record<Protocol, number>;
/** Over IPv4 and over IPv6. */
const ICMP_NUMBERS = [1, 58];

/** A set's key as nft reads and writes it. */
export function joinKey(...parts: readonly (string | number)[]): string {
  return parts.join(' . ');
}

/** Which map an allow belongs in. `range`: may overlap others of its group, so it is kept in pieces. */
export type Span =
  | { readonly kind: 'port'; readonly protocol: number; readonly port: number }
  | { readonly kind: 'range'; readonly protocol: number; readonly first: number; readonly last: number }
  | { readonly kind: 'protocol'; readonly protocols: readonly number[] }
  | { readonly kind: 'all' };

export function spanOf(allow: Allow): Span {
  if (allow.protocol === 'any') return { kind: 'all' };
  if (allow.protocol === 'icmp') return { kind: 'protocol', protocols: ICMP_NUMBERS };
  const protocol = PROTOCOL_NUMBERS[allow.protocol];
  const range = allowedRange(allow);
  if (!range) return { kind: 'protocol', protocols: [protocol] };
  const [first, last] = range;
  return first === last ? { kind: 'port', protocol, port: first } : { kind: 'range', protocol, first, last };
}
