import {
  difference,
  intersection,
  joinTouching,
  NOTHING,
  EVERYTHING,
  type PortSet,
  type PortSpan,
  spans,
  union,
} from './port-set.ts';

export type PortSetId = number;
export const NO_PORTS: PortSetId = 0;
export const ALL_PORTS: PortSetId = 1;

/** Few port sets meet in millions of pairs: each is a number, and each union and intersection is computed once. */
export interface PortSetTable {
  idOf(set: PortSet): PortSetId;
  union(a: PortSetId, b: PortSetId): PortSetId;
  intersection(a: PortSetId, b: PortSetId): PortSetId;
  /** `a` without `b`. */
  difference(a: PortSetId, b: PortSetId): PortSetId;
  /** For people: ranges that touch joined. */
  spansOf(id: PortSetId): readonly PortSpan[];
}

type Combine = (a: PortSetId, b: PortSetId) => PortSetId;

/** Either way round it is the same, and remembered once. */
function inOrder(combine: Combine, a: PortSetId, b: PortSetId): PortSetId {
  return a < b ? combine(a, b) : combine(b, a);
}

export function createPortSetTable(): PortSetTable {
  const sets: PortSet[] = [];
  const ids = new Map<string, PortSetId>();
  const seen = new Map<PortSet, PortSetId>();
  const shown = new Map<PortSetId, readonly PortSpan[]>();
  const idOf = (set: PortSet): PortSetId => {
    const found = seen.get(set);
    if (found !== undefined) return found;
    const key = set.everything ? '*' : JSON.stringify([set.tcp, set.udp, set.sctp, set.icmp]);
    const known = ids.get(key) ?? sets.length;
    if (known === sets.length) {
      ids.set(key, known);
      sets.push(set);
    }
    seen.set(set, known);
    return known;
  };
  idOf(NOTHING);
  idOf(EVERYTHING);
  const setOf = (id: PortSetId): PortSet => sets[id] ?? NOTHING;
  const remembered = (combine: (a: PortSet, b: PortSet) => PortSet): Combine => {
    const results: Map<PortSetId, PortSetId>[] = [];
    return (a, b) => {
      const ofFirst = (results[a] ??= new Map<PortSetId, PortSetId>());
      const found = ofFirst.get(b);
      if (found !== undefined) return found;
      const result = idOf(combine(setOf(a), setOf(b)));
      ofFirst.set(b, result);
      return result;
    };
  };
  const unite = remembered(union);
  const intersect = remembered(intersection);
  const subtract = remembered(difference);
  return {
    idOf,
    union(a, b) {
      if (a === b || b === NO_PORTS || a === ALL_PORTS) return a;
      return a === NO_PORTS || b === ALL_PORTS ? b : inOrder(unite, a, b);
    },
    intersection(a, b) {
      if (a === b || a === NO_PORTS || b === ALL_PORTS) return a;
      return b === NO_PORTS || a === ALL_PORTS ? b : inOrder(intersect, a, b);
    },
    difference(a, b) {
      if (a === b || b === ALL_PORTS || a === NO_PORTS) return NO_PORTS;
      return b === NO_PORTS ? a : subtract(a, b);
    },
    spansOf(id) {
      const known = shown.get(id) ?? spans(joinTouching(setOf(id)));
      shown.set(id, known);
      return known;
    },
  };
}
