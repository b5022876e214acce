import type { Direction } from '../compose-ext/policy-model.ts';
import type { TierRule } from './cluster-scope.ts';
import { ALL_PORTS, NO_PORTS, type PortSetId, type PortSetTable } from './connectivity-ports.ts';
import { createPeerIds } from './lookups.ts';
import { admitsPeer, type Other, portsOf } from './peer.ts';
import type { Side } from './side.ts';
import type { SideRule } from './side-rule.ts';

/** One side of a place toward every other: a set of ports for each, by place. */
type Row = Int32Array;

/** Each rule's peers are looked up once, and services under the same rules share a row. */
export function createRows(places: readonly Other[], table: PortSetTable) {
  const open: Row = new Int32Array(places.length).fill(ALL_PORTS);
  const rows = new Map<string, Row>();
  const idOf = createPeerIds();
  const admitted = createAdmitted(places, idOf);
  const named = createNamedPorts(places, table);
  const each = (rule: SideRule, use: (place: number, ports: PortSetId) => void): void => {
    const fixed = rule.fixedPorts && table.idOf(rule.fixedPorts);
    const ports = fixed === undefined ? named(rule).ports : undefined;
    for (const place of admitted(rule)) use(place, fixed ?? ports?.[place] ?? NO_PORTS);
  };
  /** Adds what a tier allows to `row`; what it leaves of `among`: see `sidePorts`. */
  const tried = (tier: readonly TierRule[], among: Row, row: Row): Row => {
    if (tier.length === 0) return among;
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
        const ports = rule.fixedPorts ? table.idOf(rule.fixedPorts) : `n${named(rule).id}`;
        return `${'action' in rule ? rule.action : ''}${idOf(rule)}:${ports}`;
      })
      .join(' ');
  return (place: Other | undefined, direction: Direction): Row => {
    if (place?.kind !== 'service') return open;
    const side = place.party.sides[direction];
    const { isolated, admin, baseline, rules } = side;
    const key = [keyOf(admin), keyOf(isolated ? rules : baseline), isolated].join('|');
    const row = rows.get(key) ?? fill(side);
    rows.set(key, row);
    return row;
  };
}

/** The places that a rule's peers mean. */
function createAdmitted(places: readonly Other[], idOf: (rule: SideRule) => number) {
  const known: (readonly number[])[] = [];
  return (rule: SideRule): readonly number[] =>
    (known[idOf(rule)] ??= places.flatMap((place, index) => (admitsPeer(rule, place) ? [index] : [])));
}

interface NamedPorts {
  readonly id: number;
  readonly ports: readonly PortSetId[];
}

/** For rules with names of ports: what they come to at each destination. */
function createNamedPorts(places: readonly Other[], table: PortSetTable) {
  const known = new Map<string, NamedPorts>();
  return (rule: SideRule): NamedPorts => {
    const text = JSON.stringify(rule.ports);
    const found = known.get(text);
    if (found) return found;
    const named = { id: known.size, ports: places.map((place) => table.idOf(portsOf(rule, place))) };
    known.set(text, named);
    return named;
  };
}
