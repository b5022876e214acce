import { exactCover } from './exact-cover.ts';
import {
  adjacent,
  components,
  edgeKey,
  edgesOf,
  neighboursOf,
  pairsOf,
  type Clique,
  type Edge,
  type Graph,
} from './graph.ts';

/**
 * Few cliques that together hold every edge (an edge clique cover; finding the fewest is NP-hard): the
 * fewest where a component is small, greedy elsewhere, never more than edges. The same graph gives the same cover.
 */
export function cliqueCover(graph: Graph): Clique[] {
  const cover = components(graph).flatMap((component) => {
    const inside = new Set(component);
    const edges = edgesOf(graph).filter(([a]) => inside.has(a));
    const greedy = greedyCover(graph, edges);
    return exactCover(graph, component, edges, greedy) ?? greedy;
  });
  return cover.sort(compareCliques);
}

/** Grows a clique from each edge not yet covered, by the neighbour that covers most. */
export function greedyCover(graph: Graph, edges: readonly Edge[]): Clique[] {
  const open = new Set(edges.map(edgeKey));
  const cliques: Clique[] = [];
  for (const edge of edges) {
    if (!open.has(edgeKey(edge))) continue;
    const clique = grow(graph, edge, open);
    for (const covered of pairsOf(clique)) open.delete(edgeKey(covered));
    cliques.push(clique);
  }
  return withoutRedundant(cliques);
}

function grow(graph: Graph, [a, b]: Edge, open: ReadonlySet<string>): Clique {
  const members = [a, b];
  let candidates = [...neighboursOf(graph, a)].filter((vertex) => adjacent(graph, b, vertex));
  while (candidates.length > 0) {
    const gains = candidates.map(
      (vertex) => members.filter((member) => open.has(edgeKey([member, vertex]))).length,
    );
    const best = Math.max(...gains);
    // A member that covers nothing new would only widen who shares a network.
    if (best === 0) break;
    const chosen = Math.min(...candidates.filter((_, index) => gains[index] === best));
    members.push(chosen);
    candidates = candidates.filter((vertex) => vertex !== chosen && adjacent(graph, chosen, vertex));
  }
  return members.sort((x, y) => x - y);
}

/** Later cliques may have covered all that an earlier one was made for. */
export function withoutRedundant(cliques: readonly Clique[]): Clique[] {
  const counts = new Map<string, number>();
  for (const edge of cliques.flatMap(pairsOf))
    counts.set(edgeKey(edge), (counts.get(edgeKey(edge)) ?? 0) + 1);
  return cliques.filter((clique) => {
    const keys = pairsOf(clique).map(edgeKey);
    if (!keys.every((key) => (counts.get(key) ?? 0) > 1)) return true;
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) - 1);
    return false;
  });
}

function compareCliques(a: Clique, b: Clique): number {
  const index = a.findIndex((vertex, i) => vertex !== b[i]);
  return index < 0 ? a.length - b.length : (a[index] ?? 0) - (b[index] ?? -1);
}
