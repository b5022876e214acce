import { groupBy } from './group-by.ts';

interface Ends {
  readonly from: string;
  readonly to: string;
}

/**
 * Layers from sources to sinks, at most `most`, with none empty: arrows lead to later layers, but for those of cycles
 * and, where layers had to be joined, within one. Names are unique, in an order that decides what the arrows leave open.
 */
export function layersOf(
  names: readonly string[],
  arrows: readonly Ends[],
  most: number,
): readonly (readonly string[])[] {
  const order = greedyOrder(names, arrows);
  const at = new Map(order.map((name, index) => [name, index]));
  const forward = arrows.filter(({ from, to }) => (at.get(from) ?? 0) < (at.get(to) ?? 0));
  const into = groupBy(forward, ({ to }) => to);
  const depth = new Map<string, number>();
  for (const name of order)
    depth.set(name, Math.max(-1, ...(into.get(name) ?? []).map(({ from }) => depth.get(from) ?? -1)) + 1);
  const deepest = Math.max(0, ...depth.values());
  const squeeze = Math.min(1, most / (deepest + 1));
  const linked = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  const layers: string[][] = [];
  for (const name of order)
    if (linked.has(name)) (layers[Math.floor((depth.get(name) ?? 0) * squeeze)] ??= []).push(name);
  const full = layers.filter((layer) => layer.length > 0);
  spread(
    names.filter((name) => !linked.has(name)),
    full,
    most,
  );
  return sweep(full, arrows);
}

/** What no arrow touches fills up the short layers, and new ones where that is shorter still. */
function spread(loose: readonly string[], layers: string[][], most: number): void {
  const square = Math.ceil(Math.sqrt(loose.length));
  for (const name of loose) {
    const shortest = layers.reduce<string[] | undefined>(
      (best, layer) => (best === undefined || layer.length < best.length ? layer : best),
      undefined,
    );
    if (shortest === undefined || (shortest.length >= square && layers.length < most)) layers.push([name]);
    else shortest.push(name);
  }
}

/** After Eades, Lin and Smyth: sinks to the end, sources to the front, then who has most out and least in. */
function greedyOrder(names: readonly string[], arrows: readonly Ends[]): readonly string[] {
  const out = new Map(names.map((name) => [name, new Map<string, number>()]));
  const into = new Map(names.map((name) => [name, new Map<string, number>()]));
  const add = (of: Map<string, Map<string, number>>, a: string, b: string): void => {
    const known = of.get(a);
    known?.set(b, (known.get(b) ?? 0) + 1);
  };
  for (const { from, to } of arrows) {
    if (from === to || !out.has(from) || !out.has(to)) continue;
    add(out, from, to);
    add(into, to, from);
  }
  const sum = (of: ReadonlyMap<string, number> | undefined): number =>
    [...(of?.values() ?? [])].reduce((all, count) => all + count, 0);
  const left = new Set(names);
  const [front, back]: [string[], string[]] = [[], []];
  const take = (name: string, list: string[]): void => {
    left.delete(name);
    list.push(name);
    for (const other of out.get(name)?.keys() ?? []) into.get(other)?.delete(name);
    for (const other of into.get(name)?.keys() ?? []) out.get(other)?.delete(name);
  };
  while (left.size > 0) {
    const sink = [...left].find((name) => out.get(name)?.size === 0 && (into.get(name)?.size ?? 0) > 0);
    if (sink !== undefined) {
      take(sink, back);
      continue;
    }
    let best: string | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const name of left) {
      const lead = into.get(name)?.size === 0 ? Number.MAX_VALUE : sum(out.get(name)) - sum(into.get(name));
      if (lead > most) [best, most] = [name, lead];
    }
    if (best !== undefined) take(best, front);
  }
  return [...front, ...back.reverse()];
}

const SWEEPS = 4;

/** Orders each layer by the mean place of its neighbours, so that fewer arrows cross. */
function sweep(
  layers: readonly (readonly string[])[],
  arrows: readonly Ends[],
): readonly (readonly string[])[] {
  let current = layers;
  for (let round = 0; round < SWEEPS; round++) {
    const place = new Map<string, number>();
    for (const layer of current)
      layer.forEach((name, index) => place.set(name, index - (layer.length - 1) / 2));
    const wish = new Map<string, number[]>();
    for (const { from, to } of arrows)
      for (const [one, other] of [[from, to] as const, [to, from] as const]) {
        const wishes = wish.get(one) ?? [];
        wishes.push(place.get(other) ?? 0);
        wish.set(one, wishes);
      }
    const mean = (name: string): number => {
      const wishes = wish.get(name);
      if (wishes === undefined) return place.get(name) ?? 0;
      return wishes.reduce((all, each) => all + each, 0) / wishes.length;
    };
    current = current.map((layer) => layer.toSorted((a, b) => mean(a) - mean(b)));
  }
  return current;
}
