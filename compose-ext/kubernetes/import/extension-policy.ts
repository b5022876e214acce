import type { Plain } from '../../emit/node-building.ts';
import type { Peer, Policy, PolicyRule, PortMatch } from '../../policy-model.ts';
import { plainSelector } from '../plain-selector.ts';

/** One entry of x-swarmwall.policies that is read back as this policy. */
export function extensionPolicy(policy: Policy): { readonly [key: string]: Plain } {
  const { name, target, directions } = policy;
  const selector = target.kind === 'selector' ? target.services : { matchLabels: {}, matchExpressions: [] };
  return {
    name,
    serviceSelector: plainSelector(selector),
    policyTypes: directions.map((direction) => (direction === 'ingress' ? 'Ingress' : 'Egress')),
    ...Object.fromEntries(
      directions
        .filter((direction) => policy[direction].length > 0)
        .map((direction) => [
          direction,
          policy[direction].map((rule) => plainRule(rule, direction === 'ingress' ? 'from' : 'to')),
        ]),
    ),
  };
}

export function plainPort({ protocol, port, endPort }: PortMatch): { readonly [key: string]: Plain } {
  return {
    ...(port !== undefined && { port }),
    ...(endPort !== undefined && { endPort }),
    protocol: protocol.toUpperCase(),
  };
}

function plainRule({ peers, ports }: PolicyRule, key: 'from' | 'to'): Plain {
  return {
    ...(peers.length > 0 && { [key]: peers.map(plainPeer) }),
    ...(ports.length > 0 && { ports: ports.map(plainPort) }),
  };
}

function plainPeer(peer: Peer): Plain {
  switch (peer.kind) {
    case 'service':
      return { service: `${peer.stack}/${peer.service}` };
    case 'selector':
      return {
        ...(peer.stacks && { stackSelector: plainSelector(peer.stacks) }),
        ...(peer.services && { serviceSelector: plainSelector(peer.services) }),
      };
    case 'ipBlock':
      return { ipBlock: { cidr: peer.cidr, ...(peer.except.length > 0 && { except: peer.except }) } };
    case 'group':
      return { group: peer.group };
    case 'name':
      return { dnsName: peer.name };
    case 'world':
    case 'any':
      return { [peer.kind]: true };
  }
}
