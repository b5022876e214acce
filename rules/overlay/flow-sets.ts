import type { Field, Rule, SetDeclaration } from '../nftables/program.ts';

const PORTS = ['meta l4proto', 'th dport'] as const satisfies Field[];
const FAMILIES = [
  { suffix: '', addresses: ['ip saddr', 'ip daddr'] },
  { suffix: '6', addresses: ['ip6 saddr', 'ip6 daddr'] },
] as const satisfies readonly { suffix: string; addresses: Field[] }[];
/** Denied packets are the attacker's to choose, so what they may cost is bounded. */
const BOUNDS = { size: 4096, timeoutSeconds: 3600 };
/** Only these three have ports; of others the same bytes may be anything, and would fill the set. */
const PORTED = ['6', '17', '132'];

/** By flow, what was dropped and what only audit let pass. */
export const FLOW_SETS: readonly SetDeclaration[] = ['denied', 'would_deny'].flatMap((name) =>
  FAMILIES.flatMap(({ suffix, addresses }) => [
    { name: `${name}${suffix}`, key: [...addresses, ...PORTS], dynamic: BOUNDS },
    { name: `${name}${suffix}_portless`, key: [...addresses, 'meta l4proto'], dynamic: BOUNDS },
  ]),
);

/** Of one packet at most one of them records. */
export function record(name: 'denied' | 'would_deny'): readonly Rule[] {
  return FAMILIES.flatMap(({ suffix, addresses }): Rule[] => [
    [
      { kind: 'is', field: 'meta l4proto', values: PORTED },
      { kind: 'record', fields: [...addresses, ...PORTS], set: `${name}${suffix}` },
    ],
    [
      { kind: 'is-not', field: 'meta l4proto', values: PORTED },
      { kind: 'record', fields: [...addresses, 'meta l4proto'], set: `${name}${suffix}_portless` },
    ],
  ]);
}
