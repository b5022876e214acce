/** An undirected graph over numbers 0..n-1, without self-loops. */
export interface Graph {
  readonly size: number;
  readonly neighbours: readonly ReadonlySet<number>[];
}

export type Edge = readonly [number, number];

/** Sorted vertices, all adjacent to each other. */
export type Clique = readonly number[];

export function createGraph(size: number, edges: readonly Edge[]): Graph {
  const neighbours = Array.from({ length: size }, () => new Set<number>());
  for (const [a, b] of edges) {
    if (a === b) continue;
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  return { size, neighbours };
}

export function adjacent(graph: Graph, a: number, b: number): boolean {
  return graph.neighbours[a]?.has(b) === true;
}

export function neighboursOf(graph: Graph, vertex: number): ReadonlySet<number> {
  return graph.neighbours[vertex] ?? new Set();
}

/** Each once, the smaller end first, in order. */
export function edgesOf(graph: Graph): Edge[] {
  return graph.neighbours.flatMap((others, a) =>
    [...others]
      .filter((b) => a < b)
      .sort((x, y) => x - y)
      .map((b): Edge => [a, b]),
  );
}

/** Connected components with at least one edge, each sorted. */
export function components(graph: Graph): number[][] {
  const seen = new Set<number>();
  const found: number[][] = [];
  for (let start = 0; start < graph.size; start++) {
    if (seen.has(start) || neighboursOf(graph, start).size === 0) continue;
    const component = [start];
    seen.add(start);
    for (const vertex of component) {
      for (const next of neighboursOf(graph, vertex)) {
        if (seen.has(next)) continue;
        seen.add(next);
        component.push(next);
      }
    }
    found.push(component.sort((a, b) => a - b));
  }
  return found;
}

export function pairsOf(clique: Clique): Edge[] {
  return clique.flatMap((a, index) => clique.slice(index + 1).map((b): Edge => [a, b]));
}

export function edgeKey([a, b]: Edge): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
