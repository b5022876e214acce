import type { Clique } from './graph.ts';

/** A service in this many segments is a hub: each is one more interface in every task of it. */
const HUB_DEGREE = 3;

/**
 * `balanced`: all segments of a hub become one, the busiest hub first; a merged segment is left alone, so
 * that hubs which talk to each other don't draw the whole stack into one network.
 */
export function mergeHubs(cliques: readonly Clique[]): Clique[] {
  let plain = [...cliques];
  const merged: Clique[] = [];
  for (;;) {
    const hub = busiest(plain);
    if (hub === undefined) break;
    const around = plain.filter((clique) => clique.includes(hub));
    merged.push([...new Set(around.flat())].sort((a, b) => a - b));
    plain = plain.filter((clique) => !clique.includes(hub));
  }
  const all = [...merged, ...plain];
  return all.filter(
    (clique, index) => !all.some((other, at) => at !== index && contains(other, clique, at < index)),
  );
}

function busiest(cliques: readonly Clique[]): number | undefined {
  const degrees = new Map<number, number>();
  for (const vertex of cliques.flat()) degrees.set(vertex, (degrees.get(vertex) ?? 0) + 1);
  const hubs = [...degrees].filter(([, degree]) => degree >= HUB_DEGREE);
  return hubs.sort(([a, x], [b, y]) => y - x || a - b)[0]?.[0];
}

/** Of equal ones the first stays. */
function contains(outer: Clique, inner: Clique, first: boolean): boolean {
  if (!inner.every((vertex) => outer.includes(vertex))) return false;
  return outer.length > inner.length || first;
}
