import { meansDnsName } from '../compose-ext/dns-name.ts';
import type { Peer } from '../compose-ext/policy-model.ts';
import type { Address } from './address-block.ts';
import type { Party } from './party.ts';
import { intersection, type PortSet } from './port-set.ts';
import { resolvePorts } from './resolve-ports.ts';
import { matchesSelector } from '../compose-ext/selector.ts';
import type { RulePeers, SideRule } from './side-rule.ts';

/** The other end of a connection, as one side sees it. */
export type Other =
  | { readonly kind: 'service'; readonly party: Party }
  | { readonly kind: 'address'; readonly address: Address | undefined; readonly where: Whereabouts }
  /** Whatever addresses outside DNS gives for it: without asking, no block can be said to hold them. */
  | { readonly kind: 'name'; readonly name: string }
  /** A service that nobody announced: no rule can mean it. */
  | { readonly kind: 'unknown' };

/**
 * node: a Swarm node's own address. cluster: of an overlay or a docker_gwbridge, of no service we know. metadata: where
 * a cloud gives a machine's credentials.
 */
export type Whereabouts = 'world' | 'node' | 'cluster' | 'metadata';

/** Whether a rule means the peer that is asked about. */
export type Admits = (rule: SideRule) => boolean;
/** A rule's ports toward the destination that is asked about. */
export type PortsAt = (rule: SideRule) => PortSet;
/** Whom a rule is about. */
export type Admitting = RulePeers & Pick<SideRule, 'stack'>;
type Ported = Pick<SideRule, 'ports' | 'fixedPorts' | 'limit'>;

/** Whether the rule's peers mean it; ports aside. */
export function admitsPeer(rule: Admitting, other: Other): boolean {
  if (rule.whoever) return true;
  switch (other.kind) {
    case 'service':
      return rule.everyone || meansService(rule, other.party) || meansItsAddress(rule, other.party);
    case 'address':
      return admitsAddress(rule, other.address, other.where);
    case 'name':
      return rule.everyone || rule.world || meansName(rule, other.name);
    case 'unknown':
      return false;
  }
}

/** Whether a peer that is a DNS name, or a wildcard, means this one. */
function meansName({ peers }: RulePeers, name: string): boolean {
  return peers.some((peer) => peer.kind === 'name' && meansDnsName(peer.name, name));
}

/** Whether a peer other than `any` means this service. */
export function meansService({ peers, stack }: Pick<Admitting, 'peers' | 'stack'>, party: Party): boolean {
  return peers.some((peer) => peerMeans(peer, stack, party));
}

/** Whether a block means it by an address of its own; only manifests give those. */
function meansItsAddress({ holds }: RulePeers, { addresses }: Party): boolean {
  return addresses.some((address) => holds.some((test) => test(address)));
}

/** The ports of a rule toward this destination. */
export function portsOf({ ports, fixedPorts, limit }: Ported, destination: Other): PortSet {
  if (fixedPorts) return fixedPorts;
  const named = resolvePorts(ports, destination.kind === 'service' ? destination.party.service.ports : []);
  return limit ? intersection(named, limit) : named;
}

function peerMeans(peer: Peer, ownStack: string, { service, stackLabels }: Party): boolean {
  switch (peer.kind) {
    case 'service':
      return peer.stack === service.stack && peer.service === service.name;
    case 'selector':
      return (
        (peer.stacks ? matchesSelector(peer.stacks, stackLabels) : service.stack === ownStack) &&
        (!peer.services || matchesSelector(peer.services, service.labels))
      );
    case 'ipBlock':
    case 'group':
    case 'name':
    case 'world':
    case 'any':
      return false;
  }
}

/** Inside the cluster only a block means an address, and only a node's. */
function admitsAddress(rule: Admitting, address: Address | undefined, where: Whereabouts): boolean {
  if (!address || where === 'cluster') return false;
  const outside = where === 'world' || (where === 'metadata' && !rule.sparing);
  if (outside && (rule.everyone || rule.world)) return true;
  return rule.holds.some((test) => test(address));
}
