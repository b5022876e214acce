import type { Peer, Protocol } from '../compose-ext/policy-model.ts';
import type { Address } from './address-block.ts';
import type { Party, Side, SideRule } from './party.ts';
import { EVERYTHING, includes, NOTHING, type PortSet, union } from './port-set.ts';
import { resolvePorts } from './resolve-ports.ts';
import { matches } from './selector.ts';

/** The other end of a connection, as one side sees it. */
export type Other =
  | { readonly kind: 'service'; readonly party: Party }
  | { readonly kind: 'address'; readonly address: Address | undefined; readonly where: Whereabouts }
  /** A service that nobody announced: no rule can mean it. */
  | { readonly kind: 'unknown' };

/** node: a Swarm node's own address. cluster: of an overlay or a docker_gwbridge, of no service we know. */
export type Whereabouts = 'world' | 'node' | 'cluster';

/** Whether the rule's peers mean it; ports aside. */
export function admitsPeer(rule: SideRule, other: Other): boolean {
  switch (other.kind) {
    case 'service':
      return rule.everyone || meansService(rule, other.party) || meansItsAddress(rule, other.party);
    case 'address':
      return admitsAddress(rule, other.address, other.where);
    case 'unknown':
      return false;
  }
}

/** Whether a peer other than `any` means this service. */
export function meansService(rule: SideRule, party: Party): boolean {
  return rule.peers.some((peer) => peerMeans(peer, rule.stack, party));
}

/** Whether an ipBlock means it by an address of its own; only manifests give those. */
function meansItsAddress({ blocks }: SideRule, { addresses }: Party): boolean {
  return addresses.length > 0 && addresses.some((address) => blocks.some((holds) => holds(address)));
}

/** The ports of a rule toward this destination. */
export function portsOf(rule: SideRule, destination: Other): PortSet {
  if (rule.fixedPorts) return rule.fixedPorts;
  return resolvePorts(rule.ports, destination.kind === 'service' ? destination.party.service.ports : []);
}

/** What one side admits between it and `other`: everything where it is not isolated. */
export function admittedPorts(side: Side, other: Other, destination: Other): PortSet {
  if (!side.isolated) return EVERYTHING;
  let ports = NOTHING;
  for (const rule of side.rules)
    if (admitsPeer(rule, other)) ports = union(ports, portsOf(rule, destination));
  return ports;
}

export function decidingRules(
  side: Side,
  other: Other,
  destination: Other,
  protocol: Protocol | 'icmp',
  port?: number,
): readonly SideRule[] {
  return side.rules.filter(
    (rule) => includes(portsOf(rule, destination), protocol, port) && admitsPeer(rule, other),
  );
}

function peerMeans(peer: Peer, ownStack: string, { service, stackLabels }: Party): boolean {
  switch (peer.kind) {
    case 'service':
      return peer.stack === service.stack && peer.service === service.name;
    case 'selector':
      return (
        (peer.stacks ? matches(peer.stacks, stackLabels) : service.stack === ownStack) &&
        (!peer.services || matches(peer.services, service.labels))
      );
    case 'ipBlock':
    case 'world':
    case 'any':
      return false;
  }
}

/** Inside the cluster only an ipBlock means an address, and only a node's. */
function admitsAddress(rule: SideRule, address: Address | undefined, where: Whereabouts): boolean {
  if (!address || where === 'cluster') return false;
  if (where === 'world' && (rule.everyone || rule.world)) return true;
  return rule.blocks.some((holds) => holds(address));
}
