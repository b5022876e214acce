/**
 * The 32 bits of `meta mark` and `ct mark` inside an overlay's namespace. While a packet is judged they hold
 * its source's and destination's identity; afterwards ct mark holds the verdict. The ranges are disjoint, so
 * that an identity left behind by a failed look-up is never taken for a verdict.
 */
export const VERDICT = 0x80000000;
/** Of a verdict: passes only because a side is in audit. */
export const WOULD_DENY = 0x40000000;
/** Of a verdict: given to any source; holds while the source is known and not egress-isolated. */
export const GENERIC = 0x20000000;
/** Of an identity: the load balancer of a node with a healthy agent. There is one identity for them all. */
export const LOAD_BALANCER = 0x04000000;
/** The verdict on what load balancers send. Rules are numbered from 1, so 0 is free for it. */
export const FROM_LOAD_BALANCER = VERDICT + GENERIC;

/** Marks have bit 31 set, so JavaScript's signed bit operators are no use: the ranges are disjoint, so add. */
export function verdictMark(
  rule: number,
  kind: { readonly generic?: boolean; readonly wouldDeny?: boolean },
) {
  return VERDICT + (kind.wouldDeny ? WOULD_DENY : 0) + (kind.generic ? GENERIC : 0) + rule;
}
