import type { EdgeNames, EdgeRule, NameRule } from './network-policy.ts';
import type { Party } from './party.ts';
import { portsOf } from './peer.ts';
import { EVERYTHING, spans } from './port-set.ts';
import type { Side } from './side.ts';
import { NO_WORDS, peersOf, type SideRule } from './side-rule.ts';

/** What a side whose only own rule allows everything outside may reach: the most that its own rules can. */
export type MostAllowed = (side: Side) => readonly EdgeRule[];

/** Undefined for a service that no rule of its own names a DNS name for, or that may reach everything anyway. */
export function edgeNames({ sides, service, dns }: Party, mostAllowed: MostAllowed): EdgeNames | undefined {
  const { egress } = sides;
  const rules = nameRules(egress.rules);
  if (!egress.isolated || rules.length === 0) return undefined;
  return {
    rules,
    ...(dns && { strict: true }),
    ...(service.resolvers && { resolvers: service.resolvers }),
    ...(egress.admin.length > 0 && {
      within: mostAllowed({ ...egress, rules: [EVERYBODY] }).filter(
        ({ only }) => only === undefined || only === 'world',
      ),
    }),
  };
}

const EVERYBODY: SideRule = {
  ...peersOf([], NO_WORDS, 'egress'),
  decides: { policy: '', stack: '', direction: 'egress', origin: { file: '', line: 1, column: 1 } },
  stack: '',
  ports: [],
  fixedPorts: EVERYTHING,
};

/** What a side's own rules name by DNS name, each name and port once. */
export function nameRules(rules: readonly SideRule[]): readonly NameRule[] {
  const found = new Map<string, NameRule>();
  for (const rule of rules)
    for (const peer of rule.peers)
      if (peer.kind === 'name')
        for (const span of spans(portsOf(rule, { kind: 'unknown' }))) {
          const named = { name: peer.name, ...span };
          found.set(JSON.stringify([named.name, named.protocol, named.port, named.endPort]), named);
        }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}
