import type { Program, Rule } from '../nftables/program.ts';
import type { FlowVerdict } from './flow-record.ts';

/**
 * Of netfilter's log, one a verdict: each has numbers and a buffer of its own, so that a flood of one takes no other's place.
 * High ones, as people give their own the low numbers.
 */
export const LOG_GROUPS = {
  allowed: 21_367,
  'would-deny': 21_368,
  denied: 21_369,
  limited: 21_370,
} as const satisfies Record<FlowVerdict, number>;

/** Of one verdict in one namespace; more is only counted. */
const MOST_PER_SECOND = 25_000;
/** Headers as far as the ports: IPv4 with all its options, IPv6 with a few others behind it. */
const HEADER_BYTES = 96;

/**
 * Hands the packet's headers to whoever listens, and goes on to the next rule: it decides nothing. What the limit keeps back
 * is in the verdict's own counter and not in `counter`.
 */
export function tell(verdict: FlowVerdict, counter: string): Rule {
  return [
    { kind: 'within-rate', perSecond: MOST_PER_SECOND },
    { kind: 'count', counter },
    { kind: 'log', group: LOG_GROUPS[verdict], bytes: HEADER_BYTES },
  ];
}

/**
 * For a kernel that has no log: the same rules, told by the same comments, that hand nothing over. As nothing is counted as told,
 * all shows as lost. Undefined: it hands nothing over anyway.
 */
export function withoutLog(program: Program): Program | undefined {
  const logs = (rule: Rule): boolean => rule.some(({ kind }) => kind === 'log');
  if (!program.chains.some(({ rules }) => rules.some(logs))) return undefined;
  const chains = program.chains.map((chain) => ({
    ...chain,
    rules: chain.rules.map((rule) => (logs(rule) ? rule.filter(({ kind }) => kind === 'within-rate') : rule)),
  }));
  return { ...program, chains };
}
