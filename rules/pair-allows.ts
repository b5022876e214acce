import { type Allow, type Stance, allowKey } from './network-policy.ts';
import type { Party, Side } from './party.ts';
import { meansService, portsOf } from './peer.ts';
import { difference, intersection, isEmpty, NOTHING, type PortSet, spans, union } from './port-set.ts';

/** An allow and its key, which is costly enough to make once. */
export interface KeyedAllow {
  readonly key: string;
  readonly allow: Allow;
}

/**
 * The exact entries of one pair on an overlay. What needs none passes in the kernel by its constant rules: both
 * sides open, an `any` source's entry, and whatever only audit holds back on both sides.
 */
export function pairAllows(from: Party, to: Party): readonly KeyedAllow[] {
  const source = from.overlayStance.egress;
  const destination = to.overlayStance.ingress;
  if (source === 'open') {
    if (destination === 'open') return [];
    const named = namedPorts(to.sides.ingress, from, to);
    // The kernel counts an `any` hit on a destination in audit as would-deny, so these need exact entries too.
    const ports = destination === 'audit' ? union(named, everyonesPorts(to.sides.ingress, to)) : named;
    return keyed(from, to, ports, NOTHING);
  }
  const egress = union(namedPorts(from.sides.egress, to, to), everyonesPorts(from.sides.egress, to));
  if (destination === 'open') return keyed(from, to, egress, NOTHING);
  const named = namedPorts(to.sides.ingress, from, to);
  const both = intersection(egress, union(named, everyonesPorts(to.sides.ingress, to)));
  return keyed(from, to, both, difference(passing(source, destination, egress, named), both));
}

/** `*`: what the destination admits from every source. None in audit, where a `*` could not tell itself from a miss. */
export function anySourceAllows(to: Party): readonly KeyedAllow[] {
  if (to.overlayStance.ingress !== 'isolated') return [];
  return toAllows('*', to.key, everyonesPorts(to.sides.ingress, to), false);
}

export function everyonesPorts(side: Side, destination: Party): PortSet {
  return sum(side, destination, (rule) => rule.everyone);
}

/** What the peers other than `any` add; a rule for everyone counts where it is. */
function namedPorts(side: Side, peer: Party, destination: Party): PortSet {
  return sum(side, destination, (rule) => !rule.everyone && meansService(rule, peer));
}

/** What an audit on one side lets through although that side denies it; the other side is enforced. */
function passing(source: Stance, destination: Stance, egress: PortSet, named: PortSet): PortSet {
  if (source === 'isolated' && destination === 'audit') return egress;
  if (source === 'audit' && destination === 'isolated') return named;
  return NOTHING;
}

function sum(side: Side, destination: Party, counts: (rule: Side['rules'][number]) => boolean): PortSet {
  let ports = NOTHING;
  for (const rule of side.rules)
    if (counts(rule)) ports = union(ports, portsOf(rule, { kind: 'service', party: destination }));
  return ports;
}

function keyed(from: Party, to: Party, allowed: PortSet, wouldDeny: PortSet): readonly KeyedAllow[] {
  const allows = toAllows(from.key, to.key, allowed, false);
  return isEmpty(wouldDeny) ? allows : [...allows, ...toAllows(from.key, to.key, wouldDeny, true)];
}

function toAllows(from: string, to: string, ports: PortSet, wouldDeny: boolean): readonly KeyedAllow[] {
  return spans(ports).map((span) => {
    const allow: Allow = { from, to, ...span, ...(wouldDeny && { wouldDeny: true }) };
    return { key: allowKey(allow), allow };
  });
}
