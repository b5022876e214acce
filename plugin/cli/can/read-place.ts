import { isIP } from 'node:net';
import { looksLikeDnsName } from '../../../compose-ext/dns-name.ts';
import type { Protocol } from '../../../compose-ext/policy-model.ts';
import { CliFailure } from '../failure.ts';

/** An end of a connection as people write it, names not yet looked up. */
export type WrittenPlace =
  | { readonly kind: 'world' }
  | { readonly kind: 'address'; readonly address: string }
  /** A service of that name, where there is one, or a DNS name. */
  | { readonly kind: 'dotted'; readonly name: string }
  | { readonly kind: 'service'; readonly stack?: string; readonly service: string };

export interface WrittenTarget {
  readonly place: WrittenPlace;
  readonly protocol?: Protocol | 'icmp';
  /** A string is the name of one of the service's ports. */
  readonly port?: number | string;
}

const FORM = 'Write FROM TO[:PORT[/PROTO]], as in `web db:5432`, `shop/web shop/db:53/udp`, `world web:80`.';

function bad(message: string): CliFailure {
  return new CliFailure('bad-usage', message, { hint: FORM });
}

export function readPlace(text: string): WrittenPlace {
  if (text === 'world') return { kind: 'world' };
  const address = text.replace(/^\[(.*)\]$/u, '$1');
  if (isIP(address) === 4) return { kind: 'address', address };
  if (isIP(address) === 6) throw bad(`${text}: IPv6 addresses are not judged yet`);
  if (looksLikeDnsName(text)) return { kind: 'dotted', name: text };
  const [first = '', second, ...more] = text.split('/');
  if (text.includes(':')) throw bad(`${text}: a port belongs to the target only`);
  if (!first || second === '' || more.length > 0) throw bad(`${text || 'an empty name'} is no service`);
  return second === undefined
    ? { kind: 'service', service: first }
    : { kind: 'service', stack: first, service: second };
}

export function readTarget(text: string): WrittenTarget {
  const colon = text.lastIndexOf(':');
  if (colon < 0 || isIP(text) === 6 || text.endsWith(']')) return { place: readPlace(text) };
  const place = readPlace(text.slice(0, colon));
  const [port = '', protocol, ...more] = text.slice(colon + 1).split('/');
  if (port === 'icmp' && protocol === undefined) return { place, protocol: 'icmp' };
  const lower = protocol?.toLowerCase() ?? 'tcp';
  if ((lower !== 'tcp' && lower !== 'udp' && lower !== 'sctp') || more.length > 0)
    throw bad(`${text}: the protocol is tcp, udp or sctp`);
  if (/^\d+$/u.test(port)) {
    if (Number(port) < 1 || Number(port) > 65_535) throw bad(`${text}: a port is from 1 to 65535`);
    return { place, protocol: lower, port: Number(port) };
  }
  if (!/^[a-z0-9][a-z0-9-]*$/iu.test(port)) throw bad(`${text}: ${port || 'nothing'} is no port`);
  return { place, protocol: lower, port };
}
