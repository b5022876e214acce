import { groupBy } from './group-by.ts';
import type { MapArrow, MapPlace } from './map-data.ts';
import { layersOf } from './layers.ts';

/** Pixels, from the map's upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  /** By stack; '' is what is outside. */
  readonly stacks: ReadonlyMap<string, Box>;
  /** By id. */
  readonly places: ReadonlyMap<string, Box>;
}

export const ROW = 26;
export const CHARACTER = 7.2;
/** Bold. */
export const CHARACTER_OF_TITLE = 8.8;
const NARROWEST = 64;
/** A longer name is cut on the map, not in its panel. */
export const WIDEST = 168;
const PADDING = 14;
const TITLE = 30;
interface Gaps {
  /** Width to height that the whole is to have. */
  readonly aspect: number;
  readonly row: number;
  readonly column: number;
  readonly stackX: number;
  readonly stackY: number;
}

/** Few places have room for arrows between them; with many, names must stay readable. */
const WIDE: Gaps = { aspect: 1.9, row: 16, column: 48, stackX: 68, stackY: 36 };
const DENSE: Gaps = { aspect: 1.5, row: 7, column: 26, stackX: 56, stackY: 20 };
const MANY = 60;

interface Stack {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Of its places, from its own corner. */
  readonly inside: ReadonlyMap<string, Box>;
}

type Ends = Pick<MapArrow, 'from' | 'to'>;

/** Where everything goes. The same places and arrows, in whatever order, are always placed the same. */
export function layoutMap(places: readonly MapPlace[], arrows: readonly Ends[]): MapLayout {
  const sorted = places.toSorted((a, b) => compare(a.id, b.id));
  const stackOf = new Map(sorted.map(({ id, kind, stack }) => [id, stackKey(kind, stack)]));
  const gaps = places.length > MANY ? DENSE : WIDE;
  const members = groupBy(sorted, ({ id }) => stackOf.get(id) ?? '');
  const known = arrows
    .filter(({ from, to }) => from !== to && stackOf.has(from) && stackOf.has(to))
    .toSorted((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
  const stacks = [...members].map(([name, own]) => {
    const inner = known.filter(({ from, to }) => stackOf.get(from) === name && stackOf.get(to) === name);
    return insideOf(name, own, inner, gaps);
  });
  const between = known.flatMap(({ from, to }) => {
    const ends = { from: stackOf.get(from) ?? '', to: stackOf.get(to) ?? '' };
    return ends.from === ends.to ? [] : [ends];
  });
  return placed(columnsOf(stacks, between, gaps), gaps);
}

export function stackKey(kind: MapPlace['kind'], stack: string): string {
  return kind === 'outside' ? '' : `stack ${stack}`;
}

/** Clients left, what they use right. */
function insideOf(name: string, places: readonly MapPlace[], arrows: readonly Ends[], gaps: Gaps): Stack {
  const ids = places.map(({ id }) => id);
  const most = Math.min(4, Math.max(3, Math.ceil(Math.sqrt(places.length * 0.85))));
  const layers = name === '' ? [ids] : layersOf(ids, arrows, most);
  const names = new Map(places.map((place) => [place.id, place.name]));
  const inside = new Map<string, Box>();
  const tallest = Math.max(...layers.map(({ length }) => length));
  const high = tallest * ROW + (tallest - 1) * gaps.row;
  let x = PADDING;
  for (const layer of layers) {
    const longest = Math.max(...layer.map((id) => names.get(id)?.length ?? 0));
    const width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, longest * CHARACTER + 30)));
    const free = high - (layer.length * ROW + (layer.length - 1) * gaps.row);
    layer.forEach((id, row) => {
      const y = TITLE + Math.round(free / 2) + row * (ROW + gaps.row);
      inside.set(id, { x, y, width, height: ROW });
    });
    x += width + gaps.column;
  }
  const title = Math.min(260, name.length * CHARACTER_OF_TITLE + PADDING);
  const width = Math.max(x - gaps.column + PADDING, Math.round(title));
  return { name, inside, width, height: TITLE + high + PADDING };
}

/** Stacks in the order of who uses whom, folded into columns of like height, then swapped so that arrows are short. */
function columnsOf(
  stacks: readonly Stack[],
  between: readonly Ends[],
  gaps: Gaps,
): readonly (readonly Stack[])[] {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const chain = layersOf(
    stacks.map(({ name }) => name).toSorted(compare),
    between,
    Number.POSITIVE_INFINITY,
  ).flatMap((layer) => layer.flatMap((name) => byName.get(name) ?? []));
  const outside = chain.filter(({ name }) => name === '');
  const rest = chain.filter(({ name }) => name !== '');
  const candidates = Array.from({ length: Math.min(rest.length, 12) }, (_, index) =>
    fold(rest, index + 1, gaps),
  );
  const best = candidates.toSorted((a, b) => misfit(a, gaps) - misfit(b, gaps))[0] ?? [];
  return [outside, ...ordered(best, between, gaps)].filter((column) => column.length > 0);
}

function misfit(columns: readonly (readonly Stack[])[], gaps: Gaps): number {
  const { width, height } = placed(columns, gaps);
  return Math.abs(Math.log(width / height / gaps.aspect));
}

function fold(stacks: readonly Stack[], count: number, { stackY }: Gaps): readonly (readonly Stack[])[] {
  const all = stacks.reduce((sum, { height }) => sum + height + stackY, 0);
  const columns: Stack[][] = Array.from({ length: count }, () => []);
  let filled = 0;
  for (const stack of stacks) {
    const middle = filled + (stack.height + stackY) / 2;
    columns[Math.min(count - 1, Math.floor((middle / all) * count))]?.push(stack);
    filled += stack.height + stackY;
  }
  return columns;
}

const SWEEPS = 6;

/** Within each column by the mean height of what a stack speaks with. */
function ordered(
  columns: readonly (readonly Stack[])[],
  between: readonly Ends[],
  gaps: Gaps,
): readonly (readonly Stack[])[] {
  let current = columns;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const { stacks: boxes } = placed(current, gaps);
    const middle = (name: string): number => {
      const box = boxes.get(name);
      return box ? box.y + box.height / 2 : 0;
    };
    const wish = new Map<string, number>();
    for (const { name } of current.flat()) {
      const others = between.flatMap(({ from, to }) => (from === name ? to : to === name ? from : []));
      const sum = others.reduce((all, other) => all + middle(other), 0);
      wish.set(name, others.length === 0 ? middle(name) : sum / others.length);
    }
    current = current.map((column) =>
      column.toSorted((a, b) => (wish.get(a.name) ?? 0) - (wish.get(b.name) ?? 0) || compare(a.name, b.name)),
    );
  }
  return current;
}

function placed(columns: readonly (readonly Stack[])[], { stackX, stackY }: Gaps): MapLayout {
  const heights = columns.map((column) => column.reduce((sum, { height }) => sum + height + stackY, -stackY));
  const height = Math.max(0, ...heights);
  const stacks = new Map<string, Box>();
  const places = new Map<string, Box>();
  let x = 0;
  columns.forEach((column, index) => {
    const width = Math.max(0, ...column.map((stack) => stack.width));
    let y = Math.round((height - (heights[index] ?? 0)) / 2);
    for (const stack of column) {
      const left = x + Math.round((width - stack.width) / 2);
      stacks.set(stack.name, { x: left, y, width: stack.width, height: stack.height });
      for (const [id, box] of stack.inside) places.set(id, { ...box, x: left + box.x, y: y + box.y });
      y += stack.height + stackY;
    }
    if (column.length > 0) x += width + stackX;
  });
  return { width: Math.max(0, x - stackX), height, stacks, places };
}

/** By code units: a locale would place the same map differently elsewhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
