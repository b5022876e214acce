import { CHAIN_ALLOWED, CHAIN_DENIED, CHAIN_WOULD } from './names.ts';

/** A verdict's counters are those of the rules with its name in the comment. */
export const VERDICT_NAMES = ['in-denied', 'in-would-deny', 'out-denied', 'out-would-deny'] as const;
export type VerdictName = (typeof VERDICT_NAMES)[number];

/** As in an overlay's program: what was judged (of what passes, connections), and what of it was handed to the log. */
export const TOLD_COUNTERS = [
  ...(['accepted', 'denied', 'would_denied'] as const),
  ...(['accepted_told', 'denied_told', 'would_denied_told'] as const),
] as const;
export type ToldCounter = (typeof TOLD_COUNTERS)[number];

/** A rule of the filter table. */
export interface EdgeRule {
  readonly match: string;
  readonly target?: string;
  /** Does not come back to this chain, in place of a target. */
  readonly goto?: string;
  /** Of this rule's packets. */
  readonly counter?: VerdictName | ToldCounter;
}

export function inSet(set: string, directions: string): string {
  return `-m set --match-set ${set} ${directions}`;
}

export function notInSet(set: string, directions: string): string {
  return `-m set ! --match-set ${set} ${directions}`;
}

export function allowed(match: string): EdgeRule {
  return { match, goto: CHAIN_ALLOWED };
}

export function would(match: string, counter: VerdictName): EdgeRule {
  return { match, goto: CHAIN_WOULD, counter };
}

export function denied(match: string, counter: VerdictName): EdgeRule {
  return { match, goto: CHAIN_DENIED, counter };
}
