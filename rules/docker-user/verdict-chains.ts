import type { FlowVerdict } from '../flows/flow-record.ts';
import { HEADER_BYTES, logGroup, MOST_PER_SECOND } from '../flows/log-groups.ts';
import type { FilterChain } from '../step.ts';
import type { EdgeRule, ToldCounter } from './edge-rule.ts';
import { CHAIN_ALLOWED, CHAIN_DENIED, CHAIN_WOULD } from './names.ts';

/** It is not in conntrack's table before its first packet has passed all chains. */
export const BEGINS = '-m conntrack ! --ctstatus CONFIRMED';

/** Of packets that the kernel hands on together; the reader asks for no fewer. */
const AT_ONCE = 64;

/** Where each verdict ends, so that it is told once: what passes by a connection's first packet, what does not by each. */
export const VERDICT_CHAINS: readonly { readonly name: string; readonly rules: readonly EdgeRule[] }[] = [
  { name: CHAIN_ALLOWED, rules: passing('allowed', 'accepted') },
  { name: CHAIN_WOULD, rules: passing('would-deny', 'would_denied') },
  {
    name: CHAIN_DENIED,
    rules: [tellRule('denied', 'denied_told'), { match: '', target: 'DROP', counter: 'denied' }],
  },
];

function passing(verdict: FlowVerdict, counter: 'accepted' | 'would_denied'): readonly EdgeRule[] {
  return [
    { match: '-m conntrack --ctstatus CONFIRMED', target: 'RETURN' },
    tellRule(verdict, `${counter}_told`),
    { match: '', target: 'RETURN', counter },
  ];
}

/** As `tell` in an overlay's program. `limit` would go no further than 10,000 a second. */
function tellRule(verdict: FlowVerdict, counter: ToldCounter): EdgeRule {
  const rate = `--hashlimit-upto ${String(MOST_PER_SECOND)}/second --hashlimit-burst ${String(MOST_PER_SECOND)}`;
  const group = `--nflog-group ${String(logGroup(verdict, 'edge'))} --nflog-size ${String(HEADER_BYTES)}`;
  return {
    match: `-m hashlimit ${rate} --hashlimit-name sw-${verdict}`,
    target: `NFLOG ${group} --nflog-threshold ${String(AT_ONCE)}`,
    counter,
  };
}

/**
 * For a kernel that has no log: the same rules, known by the same comments, that hand nothing over. Undefined: they hand
 * nothing over anyway.
 */
export function untoldChains(chains: readonly FilterChain[]): readonly FilterChain[] | undefined {
  const tells = (rule: string): boolean => rule.includes(' -j NFLOG ');
  if (!chains.some(({ rules }) => rules.some(tells))) return undefined;
  return chains.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => {
      const [comment = ''] = /-m comment --comment "[^"]*"/.exec(rule) ?? [];
      return tells(rule) ? `${NOTHING} ${comment} -j RETURN` : rule;
    }),
  }));
}

/** A mark of no bits is 0. */
const NOTHING = '-m mark --mark 0x1/0x0';
