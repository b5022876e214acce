import { type Allow, allowKey } from './network-policy.ts';
import type { OverlayRule, OverlaySide } from './overlay-side.ts';
import { LIVE } from './lookups.ts';
import type { Party } from './party.ts';
import { meansService, type Other, portsOf } from './peer.ts';
import {
  difference,
  EVERYTHING,
  intersection,
  isEmpty,
  NOTHING,
  type PortSet,
  spans,
  union,
} from './port-set.ts';
import { type SidePorts, sidePorts } from './side-ports.ts';

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
  const [out, into] = [from.overlay.egress, to.overlay.ingress];
  if (out.ordered || into.ordered) return orderedAllows(from, to);
  const [source, destination] = [out.stance, into.stance];
  if (source === 'open') {
    if (destination === 'open') return [];
    const named = namedPorts(into, from, to);
    // The kernel counts an `any` hit on a destination in audit as would-deny, so these need exact entries too.
    const ports = destination === 'audit' ? union(named, everyonesPorts(into, to)) : named;
    return keyed(from.key, to.key, ports, NOTHING);
  }
  const egress = union(namedPorts(out, to, to), everyonesPorts(out, to));
  if (destination === 'open') return keyed(from.key, to.key, egress, out.counted ?? NOTHING);
  const named = namedPorts(into, from, to);
  const both = intersection(egress, union(named, everyonesPorts(into, to)));
  return keyed(from.key, to.key, both, passing(out, into, egress, named, to));
}

/** Of a pair with a side that no constant rule stands for: all that passes is an entry. */
function orderedAllows(from: Party, to: Party): readonly KeyedAllow[] {
  const source: Other = { kind: 'service', party: from };
  const destination: Other = { kind: 'service', party: to };
  const portsAt = LIVE.portsAt(destination);
  const egress = sidePorts(from.sides.egress, LIVE.admitting(destination), portsAt);
  const ingress = sidePorts(to.sides.ingress, LIVE.admitting(source), portsAt);
  const passes = ({ audit }: Party, { allowed, refused }: SidePorts) => {
    if (audit === 'none') return allowed;
    return audit === 'all' ? EVERYTHING : difference(EVERYTHING, refused);
  };
  const both = intersection(egress.allowed, ingress.allowed);
  return keyed(from.key, to.key, both, intersection(passes(from, egress), passes(to, ingress)));
}

/**
 * `*`: what the destination admits from every source, and what its audit lets pass but for an administrator. None in the
 * stance of audit, where a `*` could not tell itself from a miss.
 */
export function anySourceAllows(to: Party): readonly KeyedAllow[] {
  const { ingress } = to.overlay;
  if (ingress.stance !== 'isolated') return [];
  const ports = everyonesPorts(ingress, to);
  return keyed('*', to.key, ports, ingress.counted ?? NOTHING);
}

function everyonesPorts(side: OverlaySide, destination: Party): PortSet {
  return sum(side, destination, (rule) => rule.everyone);
}

/** What the peers other than `any` add; a rule for everyone counts where it is. */
function namedPorts(side: OverlaySide, peer: Party, destination: Party): PortSet {
  return sum(side, destination, (rule) => !rule.everyone && meansService(rule, peer));
}

/** What audit lets through although a side denies it, beyond what constant rules and `*` entries say. */
function passing(out: OverlaySide, into: OverlaySide, egress: PortSet, named: PortSet, to: Party): PortSet {
  // A free source's: its other ports find the destination's own entries.
  if (out.stance === 'audit') return into.stance === 'isolated' ? named : NOTHING;
  const outward = union(egress, out.counted ?? NOTHING);
  if (into.stance !== 'isolated') return outward;
  return intersection(outward, union(union(named, everyonesPorts(into, to)), into.counted ?? NOTHING));
}

function sum(side: OverlaySide, destination: Party, counts: (rule: OverlayRule) => boolean): PortSet {
  let ports = NOTHING;
  for (const rule of side.rules)
    if (counts(rule)) ports = union(ports, portsOf(rule, { kind: 'service', party: destination }));
  return ports;
}

/** `passing`: what audit lets through, allowed or not. */
function keyed(from: string, to: string, allowed: PortSet, passing: PortSet): readonly KeyedAllow[] {
  const allows = toAllows(from, to, allowed, false);
  if (allowed.everything) return allows;
  // One entry is enough for all the rest: what is allowed is more specific, and looked up first.
  const wouldDeny = passing.everything ? passing : difference(passing, allowed);
  return isEmpty(wouldDeny) ? allows : [...allows, ...toAllows(from, to, wouldDeny, true)];
}

function toAllows(from: string, to: string, ports: PortSet, wouldDeny: boolean): readonly KeyedAllow[] {
  return spans(ports).map((span) => {
    const allow: Allow = { from, to, ...span, ...(wouldDeny && { wouldDeny: true }) };
    return { key: allowKey(allow), allow };
  });
}
