import type { Position } from '../diagnostic.ts';
import type { Direction, Peer, Policy, PolicyRule, Selector } from '../policy-model.ts';
import type { LabelEntry, LabelPeer } from './label-grammar.ts';
import { toSelector } from './selector-terms.ts';

/** The stack label that always holds the stack's real name; nobody can write another value. */
export const STACK_NAME_LABEL = 'kubernetes.io/metadata.name';

export interface LabelPolicyInput {
  readonly stack: string;
  readonly service: string;
  readonly direction: Direction;
  readonly entries: readonly LabelEntry[];
  /** Of the label, and of each entry. */
  readonly origin: Position;
  readonly entryOrigins: readonly Position[];
}

/** `web.ingress`: isolates the service in that direction, and allows each entry. */
export function labelPolicy(input: LabelPolicyInput): Policy {
  const { stack, service, direction, entries, origin, entryOrigins } = input;
  const rules = entries.map((entry, index): PolicyRule => ({
    peers: [toPeer(entry.peer, stack)],
    ports: entry.ports,
    origin: entryOrigins[index] ?? origin,
  }));
  return {
    name: `${service}.${direction}`,
    stack,
    target: { kind: 'service', service },
    directions: [direction],
    ingress: direction === 'ingress' ? rules : [],
    egress: direction === 'egress' ? rules : [],
    origin,
  };
}

function toPeer(peer: LabelPeer, stack: string): Peer {
  switch (peer.kind) {
    case 'service':
      return { kind: 'service', stack: peer.stack ?? stack, service: peer.service };
    case 'selector': {
      const services = toSelector(peer.terms);
      if (peer.stack === undefined) return { kind: 'selector', services };
      return { kind: 'selector', stacks: stackNamed(peer.stack), services };
    }
    case 'stack':
      return { kind: 'selector', stacks: stackNamed(peer.stack) };
    case 'cidr':
      return { kind: 'ipBlock', cidr: peer.cidr, except: peer.except };
    case 'group':
      return { kind: 'group', group: peer.group };
    case 'name':
      return { kind: 'name', name: peer.name };
    case 'world':
    case 'any':
      return { kind: peer.kind };
  }
}

export function stackNamed(name: string): Selector {
  return { matchLabels: { [STACK_NAME_LABEL]: name }, matchExpressions: [] };
}
