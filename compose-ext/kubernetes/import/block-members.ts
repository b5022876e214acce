import ipaddr from 'ipaddr.js';
import type { Peer, PolicyRule, ServiceKey } from '../../policy-model.ts';
import { parseCidr } from '../../syntax/cidr.ts';

/** Workloads that a rule's blocks mean by an address of their own: a Compose service has none, so it must be named. */
export function blockMembers(
  { peers }: PolicyRule,
  addresses: ReadonlyMap<ServiceKey, readonly string[]>,
): readonly ServiceKey[] {
  const blocks = peers.flatMap((peer) => (peer.kind === 'ipBlock' ? [blockTest(peer)] : []));
  if (blocks.length === 0) return [];
  return [...addresses].flatMap(([key, own]) =>
    own.some((text) => ipaddr.isValid(text) && blocks.some((holds) => holds(ipaddr.process(text))))
      ? [key]
      : [],
  );
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function blockTest({ cidr, except }: Extract<Peer, { kind: 'ipBlock' }>): (address: Address) => boolean {
  const [own, ...exceptions] = [cidr, ...except].map((text) => {
    const block = parseCidr(text);
    return (address: Address) =>
      block !== undefined &&
      block.address.kind() === address.kind() &&
      address.match(block.address, block.prefix);
  });
  return (address) => own?.(address) === true && !exceptions.some((holds) => holds(address));
}
