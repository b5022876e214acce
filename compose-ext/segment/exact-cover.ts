import { edgeKey, neighboursOf, pairsOf, type Clique, type Edge, type Graph } from './graph.ts';

/** Beyond these a component is left to the greedy cover: the search is exponential. */
const MAX_VERTICES = 24;
const MAX_EDGES = 80;
const MAX_CLIQUES = 400;
const MAX_STEPS = 20_000;

/**
 * The fewest maximal cliques that hold every edge, by branch and bound, or undefined when that takes too
 * long. The budget counts steps, not time, so that every machine finds the same cover.
 */
export function exactCover(
  graph: Graph,
  component: readonly number[],
  edges: readonly Edge[],
  upper: readonly Clique[],
): Clique[] | undefined {
  if (component.length > MAX_VERTICES || edges.length > MAX_EDGES) return undefined;
  const cliques = maximalCliques(graph, component);
  if (cliques === undefined) return undefined;
  const covering = new Map<string, number[]>();
  cliques.forEach((clique, index) => {
    for (const key of pairsOf(clique).map(edgeKey)) covering.set(key, [...(covering.get(key) ?? []), index]);
  });
  // Edges that few cliques hold first: they decide.
  const order = edges
    .map(edgeKey)
    .sort((a, b) => (covering.get(a)?.length ?? 0) - (covering.get(b)?.length ?? 0) || (a < b ? -1 : 1));
  const found = search(cliques, covering, order, upper.length);
  if (found === undefined) return undefined;
  return found === 'greedy' ? [...upper] : pick(cliques, found);
}

function pick(cliques: readonly Clique[], indexes: readonly number[]): Clique[] {
  return indexes.flatMap((index) => {
    const clique = cliques[index];
    return clique === undefined ? [] : [clique];
  });
}

/** 'greedy': nothing smaller than the upper bound exists. */
function search(
  cliques: readonly Clique[],
  covering: ReadonlyMap<string, readonly number[]>,
  order: readonly string[],
  upper: number,
): number[] | 'greedy' | undefined {
  let best: number[] | undefined;
  let steps = 0;
  const counts = new Map<string, number>();
  const change = (index: number, by: number) => {
    for (const key of pairsOf(cliques[index] ?? []).map(edgeKey))
      counts.set(key, (counts.get(key) ?? 0) + by);
  };
  const visit = (chosen: number[]): boolean => {
    if (++steps > MAX_STEPS) return false;
    const open = order.find((key) => (counts.get(key) ?? 0) === 0);
    if (open === undefined) {
      if (chosen.length < (best?.length ?? upper)) best = [...chosen];
      return true;
    }
    if (chosen.length + 1 >= (best?.length ?? upper)) return true;
    for (const index of covering.get(open) ?? []) {
      change(index, 1);
      const done = visit([...chosen, index]);
      change(index, -1);
      if (!done) return false;
    }
    return true;
  };
  if (!visit([])) return undefined;
  return best ?? 'greedy';
}

/** Bron–Kerbosch with a pivot; undefined when there are too many. */
function maximalCliques(graph: Graph, component: readonly number[]): Clique[] | undefined {
  const found: Clique[] = [];
  const expand = (
    clique: readonly number[],
    candidates: readonly number[],
    excluded: readonly number[],
  ): boolean => {
    if (candidates.length === 0 && excluded.length === 0) {
      found.push([...clique].sort((a, b) => a - b));
      return found.length <= MAX_CLIQUES;
    }
    const pivot = neighboursOf(graph, mostConnected(graph, [...candidates, ...excluded], candidates));
    let [left, out] = [candidates, excluded];
    for (const vertex of candidates.filter((candidate) => !pivot.has(candidate))) {
      const near = neighboursOf(graph, vertex);
      const inside = (other: number) => near.has(other);
      if (!expand([...clique, vertex], left.filter(inside), out.filter(inside))) return false;
      left = left.filter((other) => other !== vertex);
      out = [...out, vertex];
    }
    return true;
  };
  return expand([], component, []) ? found : undefined;
}

function mostConnected(graph: Graph, among: readonly number[], to: readonly number[]): number {
  let best = among[0] ?? 0;
  let most = -1;
  for (const vertex of among) {
    const count = to.filter((other) => neighboursOf(graph, vertex).has(other)).length;
    if (count > most) [best, most] = [vertex, count];
  }
  return best;
}
