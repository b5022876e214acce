import { meansDnsName } from '../../compose-ext/dns-name.ts';
import type { Peer } from '../../compose-ext/policy-model.ts';
import { type Address, blockTest } from '../address-block.ts';
import type { Outside } from '../side-rule.ts';
import type { Party } from '../party.ts';
import type { Other } from '../peer.ts';
import { matchesSelector } from '../../compose-ext/selector.ts';
import { selectorText, whySelector } from './why-selector.ts';

/** For people: `shop/web`, `stack {team=ops} {app=x}`, `10.0.0.0/8!10.1.0.0/16`. */
export function peerText(peer: Peer): string {
  switch (peer.kind) {
    case 'service':
      return `${peer.stack}/${peer.service}`;
    case 'selector':
      return [
        peer.stacks ? `stack ${selectorText(peer.stacks)}` : '',
        peer.services || !peer.stacks ? selectorText(peer.services ?? EVERYTHING) : '',
      ]
        .filter((text) => text !== '')
        .join(' ');
    case 'ipBlock':
      return [peer.cidr, ...peer.except].join('!');
    case 'group':
      return `group ${peer.group}`;
    case 'name':
      return peer.name;
    case 'world':
    case 'any':
      return peer.kind;
  }
}

const EVERYTHING = { matchLabels: {}, matchExpressions: [] };

/** Why the peer means the other end, or does not. */
export function whyPeer(peer: Peer, ownStack: string, other: Other, outside: Outside): string {
  switch (other.kind) {
    case 'service':
      return whyService(peer, ownStack, other.party);
    case 'address':
      return whyAddress(peer, other, outside);
    case 'name':
      return whyName(peer, other.name);
    case 'unknown':
      return 'nothing is known about the other end';
  }
}

function whyService(peer: Peer, ownStack: string, { key, service, stackLabels }: Party): string {
  switch (peer.kind) {
    case 'service':
      return peer.stack === service.stack && peer.service === service.name
        ? `it is ${key}`
        : `${key} is not ${peer.stack}/${peer.service}`;
    case 'selector': {
      if (!peer.stacks && service.stack !== ownStack)
        return `${key} is not of stack ${ownStack}, which a selector without stacks means`;
      const stackHolds = !peer.stacks || matchesSelector(peer.stacks, stackLabels);
      if (peer.stacks && !stackHolds)
        return `stack ${service.stack}: ${whySelector(peer.stacks, stackLabels)}`;
      if (peer.services) return `${key}: ${whySelector(peer.services, service.labels)}`;
      return peer.stacks
        ? `stack ${service.stack}: ${whySelector(peer.stacks, stackLabels)}`
        : `${key} is of stack ${ownStack}`;
    }
    case 'ipBlock':
      return `${key} is a service, and a block means addresses outside the cluster`;
    case 'group':
      return `${key} is a service, and a group means addresses outside the cluster`;
    case 'name':
      return `${key} is a service, and a DNS name means addresses outside the cluster`;
    case 'world':
      return `${key} is a service, and world means what is outside the cluster`;
    case 'any':
      return 'any means everybody';
  }
}

function whyName(peer: Peer, name: string): string {
  switch (peer.kind) {
    case 'service':
    case 'selector':
      return `${name} is a name outside the cluster, not a service`;
    case 'ipBlock':
    case 'group':
      return `which addresses ${name} has DNS says, on the nodes: a block is asked about by address`;
    case 'name':
      return meansDnsName(peer.name, name)
        ? `${name} is ${peer.name === name ? 'the name' : `below ${peer.name.slice(2)}`}`
        : `${name} is not ${peer.name}`;
    case 'world':
    case 'any':
      return `${name} is outside the cluster`;
  }
}

function whyAddress(
  peer: Peer,
  { address, where }: Extract<Other, { kind: 'address' }>,
  { groups, metadata }: Outside,
): string {
  if (!address) return 'it is not an address';
  if (where === 'cluster') return `${address.toString()} is inside the cluster, and no service that is known`;
  switch (peer.kind) {
    case 'service':
    case 'selector':
      return `${address.toString()} is an address, not a service`;
    case 'ipBlock':
      return where === 'metadata' && metadata.spared(peer.cidr).length > 0
        ? `${address.toString()} ${SPARED}, and ${peer.cidr} does not name it`
        : whyBlock(peer.cidr, peer.except, address);
    case 'group':
      return whyGroup(peer.group, address, groups);
    case 'name':
      return `${address.toString()} passes while DNS gives it for ${peer.name}, which is known on the nodes only`;
    case 'world':
    case 'any':
      if (where === 'metadata') return `${address.toString()} ${SPARED}, which is not the world`;
      return where === 'node'
        ? `${address.toString()} is a node of the Swarm, which is not the world`
        : `${address.toString()} is outside the cluster`;
  }
}

const SPARED = "is where clouds give a machine's credentials";

function whyGroup(name: string, address: Address, groups: Outside['groups']): string {
  const group = groups.get(name);
  if (!group) return `nobody stored a group ${name}: it allows nobody, and denies everybody outside`;
  const { blocks } = group;
  const holding = blocks.find(({ cidr, except }) => blockTest(cidr, except)(address));
  const near = holding ?? blocks.find(({ cidr }) => blockTest(cidr, [])(address));
  return near
    ? `in group ${name}, ${whyBlock(near.cidr, near.except, address)}`
    : `${address.toString()} is in none of the ${blocks.length} blocks of group ${name}`;
}

function whyBlock(cidr: string, except: readonly string[], address: Address): string {
  if (!blockTest(cidr, [])(address)) return `${address.toString()} is not in ${cidr}`;
  const exception = except.find((each) => blockTest(each, [])(address));
  return exception
    ? `${address.toString()} is in ${exception}, which ${cidr} excepts`
    : `${address.toString()} is in ${cidr}`;
}
