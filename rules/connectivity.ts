import { looksLikeDnsName } from '../compose-ext/dns-name.ts';
import { parseAddress } from './address-block.ts';
import { withSharedRules } from './cluster-scope.ts';
import { createPortSetTable, NO_PORTS } from './connectivity-ports.ts';
import { createRows } from './connectivity-rows.ts';
import { type EvaluatorInput, ownAddresses, scopeOf, whereaboutsIn } from './evaluator.ts';
import { createParty } from './party.ts';
import type { Other } from './peer.ts';
import type { PortSpan } from './port-set.ts';

export interface Connection {
  readonly from: string;
  readonly to: string;
  /** Shared between connections of the same ports. */
  readonly ports: readonly PortSpan[];
}

export interface ConnectivityInput extends EvaluatorInput {
  /** Places outside: names of addresses, or of DNS names. Between two of them nothing is asked. */
  readonly externals: ReadonlyMap<string, string>;
}

/**
 * What the full policy lets through between every two places, in order of sources, then destinations; those
 * that may not talk, and each with itself, are left out. The same answers as `Evaluator.rulesBetween`, for a
 * million pairs.
 */
export function* connectivityOf(input: ConnectivityInput): Generator<Connection> {
  const names = [...input.services.map(({ key }) => key), ...input.externals.keys()];
  const places = placesOf(input);
  const table = createPortSetTable();
  const rowOf = createRows(places, table);
  const ingress = places.map((place) => rowOf(place, 'ingress'));
  const count = places.length;
  for (let from = 0; from < count; from++) {
    // Nobody connects from a name.
    if (places[from]?.kind === 'name') continue;
    const egress = rowOf(places[from], 'egress');
    const outside = from >= input.services.length;
    const last = outside ? input.services.length : count;
    for (let to = 0; to < last; to++) {
      const id = table.intersection(egress[to] ?? NO_PORTS, ingress[to]?.[from] ?? NO_PORTS);
      if (id === NO_PORTS || to === from) continue;
      yield { from: names[from] ?? '', to: names[to] ?? '', ports: table.spansOf(id) };
    }
  }
}

function placesOf(input: ConnectivityInput): readonly Other[] {
  const stacks = new Map(input.stacks.map((stack) => [stack.name, stack]));
  const scope = withSharedRules(scopeOf(input));
  const where = whereaboutsIn(input);
  return [
    ...input.services.map((service): Other => {
      const addresses = ownAddresses(input, service.key);
      const party = createParty(service, stacks.get(service.stack), { addresses, scope });
      return { kind: 'service', party };
    }),
    ...[...input.externals.values()].map((text): Other => {
      const address = parseAddress(text);
      if (!address && looksLikeDnsName(text)) return { kind: 'name', name: text };
      return { kind: 'address', address, where: where(text) };
    }),
  ];
}
