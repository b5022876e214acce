import type { Program, Rule, Statement } from '../nftables/program.ts';
import type { FlowVerdict } from './flow-record.ts';

/**
 * Whose program tells: a network's in its namespace, and that of all bridge networks; DOCKER-USER; the node's own firewall. The
 * node's namespace has all three, so each has groups of its own.
 */
export type LogPlace = 'network' | 'edge' | 'host';

/**
 * The first of a place's groups of netfilter's log, one a verdict: each has numbers and a buffer of its own, so that a flood of one
 * takes no other's place. High ones, as people give their own the low numbers.
 */
export const FIRST_GROUP: Readonly<Record<LogPlace, number>> = {
  network: 21_367,
  edge: 21_371,
  host: 21_375,
};
/** As the flow reader has them. */
const ORDER: readonly FlowVerdict[] = ['allowed', 'would-deny', 'denied', 'limited'];

/** Of one verdict of one place; more is only counted. */
export const MOST_PER_SECOND = 25_000;
/** Headers as far as the ports: IPv4 with all its options, IPv6 with a few others behind it. */
export const HEADER_BYTES = 96;

export function logGroup(verdict: FlowVerdict, place: LogPlace = 'network'): number {
  return FIRST_GROUP[place] + ORDER.indexOf(verdict);
}

/** IPS_CONFIRMED: a connection has it once its first packet has passed all hooks. */
const CONFIRMED = 8;

/** Where no mark of ours is kept: the packet is the first of its connection that may pass. */
export const BEGINS: Statement = { kind: 'has-bits', field: 'ct status', bits: CONFIRMED, set: false };

/**
 * Hands the packet's headers to whoever listens, and goes on to the next rule: it decides nothing. What the limit keeps back
 * is in the verdict's own counter and not in `counter`.
 */
export function tell(verdict: FlowVerdict, counter: string, place: LogPlace = 'network'): Rule {
  return [
    { kind: 'within-rate', perSecond: MOST_PER_SECOND },
    { kind: 'count', counter },
    { kind: 'log', group: logGroup(verdict, place), bytes: HEADER_BYTES },
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
