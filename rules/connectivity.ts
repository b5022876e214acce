import type { Direction, Peer, PortMatch } from '../compose-ext/policy-model.ts';
import { parseAddress } from './address-block.ts';
import { ALL_PORTS, createPortSetTable, NO_PORTS, type PortSetId } from './connectivity-ports.ts';
import { type EvaluatorInput, ownAddresses } from './evaluator.ts';
import { createScope, type TierRule } from './cluster-scope.ts';
import { createParty } from './party.ts';
import { admitsPeer, type Other, portsOf } from './peer.ts';
import type { PortSpan } from './port-set.ts';
import type { Side } from './side.ts';
import type { SideRule } from './side-rule.ts';
import { createWhereabouts } from './whereabouts.ts';

export interface Connection {
  readonly from: string;
  readonly to: string;
  /** Shared between connections of the same ports. */
  readonly ports: readonly PortSpan[];
}

export interface ConnectivityInput extends EvaluatorInput {
  /** Places outside: names of addresses. Between two of them nothing is asked. */
  readonly externals: ReadonlyMap<string, string>;
}

/** One side of a place toward every other: a set of ports for each, by place. */
type Row = Int32Array;

/**
 * What the full policy lets through between every two places, in order of sources, then destinations; those
 * that may not talk, and each with itself, are left out. The same answers as `Evaluator.rulesBetween`, for a
 * million pairs: each rule's peers are looked up once, and services under the same rules share a row.
 */
export function* connectivityOf(input: ConnectivityInput): Generator<Connection> {
  const stacks = new Map(input.stacks.map((stack) => [stack.name, stack]));
  const scope = createScope(input.clusterPolicies, input.groups);
  const where = createWhereabouts(input.nodeAddresses ?? [], input.clusterNets ?? []);
  const names = [...input.services.map(({ key }) => key), ...input.externals.keys()];
  const places: readonly Other[] = [
    ...input.services.map((service): Other => {
      const addresses = ownAddresses(input, service.key);
      const party = createParty(service, stacks.get(service.stack), { addresses, scope });
      return { kind: 'service', party };
    }),
    ...[...input.externals.values()].map((text): Other => {
      return { kind: 'address', address: parseAddress(text), where: where(text) };
    }),
  ];
  const table = createPortSetTable();
  const rowOf = createRows(places, table);
  const ingress = places.map((place) => rowOf(place, 'ingress'));
  const count = places.length;
  for (let from = 0; from < count; from++) {
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

function createRows(places: readonly Other[], table: ReturnType<typeof createPortSetTable>) {
  const open: Row = new Int32Array(places.length).fill(ALL_PORTS);
  const rows = new Map<string, Row>();
  const admitted = createAdmissions(places);
  const named = createNamedPorts(places, table);
  const idOf = createIds<readonly PortMatch[]>();
  const each = (rule: SideRule, use: (place: number, ports: PortSetId) => void): void => {
    const fixed = rule.fixedPorts && table.idOf(rule.fixedPorts);
    const ports = fixed === undefined ? named(rule) : undefined;
    for (const place of admitted(rule).places) use(place, fixed ?? ports?.[place] ?? NO_PORTS);
  };
  /** Adds what a tier allows to `row`; what it leaves of `among`: see `sidePorts`. */
  const tried = (tier: readonly TierRule[], among: Row, row: Row): Row => {
    const undecided = among.slice();
    const passed: Row = new Int32Array(places.length);
    for (const rule of tier)
      each(rule, (place, has) => {
        const ports = table.intersection(undecided[place] ?? NO_PORTS, has);
        undecided[place] = table.difference(undecided[place] ?? NO_PORTS, ports);
        if (rule.action === 'allow') row[place] = table.union(row[place] ?? NO_PORTS, ports);
        if (rule.action === 'pass') passed[place] = table.union(passed[place] ?? NO_PORTS, ports);
      });
    return undecided.map((ports, place) => table.union(ports, passed[place] ?? NO_PORTS));
  };
  const fill = ({ isolated, rules: own, admin, baseline }: Side): Row => {
    const row: Row = new Int32Array(places.length);
    const left = tried(admin, open, row);
    if (!isolated) {
      const rest = tried(baseline, left, row);
      return row.map((ports, place) => table.union(ports, rest[place] ?? NO_PORTS));
    }
    for (const rule of own)
      each(rule, (place, has) => {
        const ports = table.intersection(left[place] ?? NO_PORTS, has);
        row[place] = table.union(row[place] ?? NO_PORTS, ports);
      });
    return row;
  };
  const keyOf = (rules: readonly (SideRule | TierRule)[]): string =>
    rules
      .map((rule) => {
        const ports = rule.fixedPorts ? table.idOf(rule.fixedPorts) : `n${idOf(rule.ports)}`;
        return `${actionOf(rule)}${admitted(rule).id}:${ports}`;
      })
      .join(' ');
  return (place: Other | undefined, direction: Direction): Row => {
    if (place?.kind !== 'service') return open;
    const side = place.party.sides[direction];
    const { isolated, admin, baseline } = side;
    const key = [
      keyOf(admin),
      isolated ? keyOf(side.rules) : '',
      isolated ? '' : keyOf(baseline),
      isolated,
    ].join('|');
    const row = rows.get(key) ?? fill(side);
    rows.set(key, row);
    return row;
  };
}

function actionOf(rule: SideRule | TierRule): string {
  return 'action' in rule ? rule.action : '';
}

interface Admission {
  readonly id: number;
  readonly places: readonly number[];
}

/** Whom a rule's peers mean, looked up once for each rule as written: the policy's services share its list. */
function createAdmissions(places: readonly Other[]): (rule: SideRule) => Admission {
  const known = new Map<readonly Peer[], Map<string, Admission>>();
  let count = 0;
  return (rule) => {
    const ofStack = known.get(rule.peers) ?? new Map<string, Admission>();
    known.set(rule.peers, ofStack);
    const whose = `${actionOf(rule)} ${rule.stack}`;
    const found = ofStack.get(whose);
    if (found) return found;
    const admitted = places.flatMap((place, index) => (admitsPeer(rule, place) ? [index] : []));
    const admission = { id: count++, places: admitted };
    ofStack.set(whose, admission);
    return admission;
  };
}

/** For rules with names of ports: what they come to at each destination. */
function createNamedPorts(places: readonly Other[], table: ReturnType<typeof createPortSetTable>) {
  const known = new Map<readonly PortMatch[], readonly PortSetId[]>();
  return (rule: SideRule): readonly PortSetId[] => {
    const ids = known.get(rule.ports) ?? places.map((place) => table.idOf(portsOf(rule, place)));
    known.set(rule.ports, ids);
    return ids;
  };
}

function createIds<T>(): (item: T) => number {
  const ids = new Map<T, number>();
  return (item) => {
    const id = ids.get(item) ?? ids.size;
    ids.set(item, id);
    return id;
  };
}
