import { arrowPath } from '../../../rules/map/arrow-path.ts';
import {
  type Box,
  CHARACTER,
  CHARACTER_OF_TITLE,
  layoutMap,
  type MapLayout,
  stackKey,
} from '../../../rules/map/layout.ts';
import { arrowId, type MapArrow, type MapPlace, type ServiceMap } from '../../../rules/map/map-data.ts';
import { shownText, svg } from './dom.ts';
import type { Stage } from './stage.ts';
import { placeName, type Selection, type Shown, shownOf, type View } from './view.ts';
import { plural, STATE_WORDS } from './words.ts';

export interface MapDrawing {
  draw(map: ServiceMap, view: View): void;
  /** Where the keyboard is on the map. */
  focusPlace(id: string): void;
}

export function createMapDrawing(stage: Stage, select: (selection: Selection) => void): MapDrawing {
  const boxes = svg('g', { class: 'stacks' });
  const lines = svg('g', { class: 'arrows', 'aria-hidden': 'true' });
  const titles = svg('g', { class: 'titles' });
  const places = svg('g', { class: 'places' });
  stage.canvas.append(boxes, lines, titles, places);
  const drawnLines = new Map<string, SVGGElement>();
  const drawnPlaces = new Map<string, SVGGElement>();
  let layout: MapLayout = layoutMap([], []);
  let laidOut = '';
  let current: Shown = { places: [], arrows: [] };
  let selected: Selection | undefined;
  let segment: ReadonlySet<string> | undefined;
  let hovered: string | undefined;
  let tabbed: string | undefined;

  /** Live changes of arrows move nothing: only other places do. */
  function place(map: ServiceMap, shown: Shown): void {
    const key = JSON.stringify(shown.places.map(({ id }) => id));
    if (key === laidOut) return;
    laidOut = key;
    layout = layoutMap(shown.places, map.arrows);
    drawnLines.clear();
    drawnPlaces.clear();
    for (const group of [boxes, lines, titles, places]) group.replaceChildren();
    const stacks = new Map(shown.places.map(({ kind, stack }) => [stackKey(kind, stack), stack]));
    for (const [name, box] of layout.stacks) {
      const { x, y, width, height } = box;
      const shape = svg('rect', { width, height, rx: 10 });
      const transform = `translate(${x} ${y})`;
      boxes.append(svg('g', { class: name === '' ? 'stack outside' : 'stack', transform }, shape));
      const text = cut(name === '' ? 'outside' : (stacks.get(name) ?? ''), width, CHARACTER_OF_TITLE);
      titles.append(svg('text', { x: x + 14, y: y + 20 }, text));
    }
    // As the eye goes: column by column.
    const inOrder = shown.places.toSorted((a, b) => rank(layout, a) - rank(layout, b));
    for (const each of inOrder) {
      const drawn = placeNode(each, layout.places.get(each.id), select, (id) => {
        hovered = id;
        light();
      });
      drawnPlaces.set(each.id, drawn);
      places.append(drawn);
    }
    tabbed = inOrder[0]?.id;
    stage.fit(layout.width, layout.height);
  }

  function drawArrows(): void {
    const wanted = new Map(current.arrows.map((arrow) => [arrowId(arrow), arrow]));
    for (const [id, line] of drawnLines)
      if (!wanted.has(id)) {
        line.remove();
        drawnLines.delete(id);
      }
    for (const [id, arrow] of wanted) {
      if (drawnLines.has(id)) continue;
      const line = arrowLine(arrow, layout, current.places, () => {
        select({ kind: 'arrow', id });
      });
      if (!line) continue;
      drawnLines.set(id, line);
      lines.append(line);
    }
  }

  /** What is selected or under the pointer stands out, and the rest steps back. */
  function light(): void {
    const arrow =
      selected?.kind === 'arrow' ? current.arrows.find((each) => arrowId(each) === selected?.id) : undefined;
    const centre = hovered ?? (selected?.kind === 'place' ? selected.id : undefined);
    const lit = new Set<string>();
    for (const each of current.arrows) {
      const on = centre !== undefined ? each.from === centre || each.to === centre : each === arrow;
      const line = drawnLines.get(arrowId(each));
      line?.classList.toggle('lit', on);
      if (!on) continue;
      lit.add(each.from).add(each.to);
      line?.parentNode?.append(line);
    }
    if (centre !== undefined) lit.add(centre);
    const focused = lit.size > 0 ? lit : (segment ?? current.found);
    stage.root.classList.toggle('focused', focused !== undefined);
    stage.root.classList.toggle('busy', current.arrows.length > 120);
    stage.root.classList.toggle('centred', lit.size > 0);
    for (const [id, node] of drawnPlaces) {
      node.classList.toggle('lit', focused?.has(id) === true);
      node.classList.toggle('selected', selected?.kind === 'place' && selected.id === id);
      node.setAttribute('aria-pressed', String(selected?.kind === 'place' && selected.id === id));
      node.setAttribute('tabindex', id === tabbed ? '0' : '-1');
    }
  }

  function focusPlace(id: string): void {
    const [node, box] = [drawnPlaces.get(id), layout.places.get(id)];
    if (!node || !box) return;
    tabbed = id;
    stage.reveal(box);
    light();
    node.focus({ preventScroll: true });
  }

  places.addEventListener('keydown', (event) => {
    const own = (event.target as Element).closest('[data-id]')?.getAttribute('data-id');
    if (own === null || own === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      select({ kind: 'place', id: own });
      return;
    }
    const next = neighbour(layout, own, event.key);
    if (next === undefined) return;
    event.preventDefault();
    focusPlace(next);
  });

  return {
    focusPlace,
    draw(map, view) {
      current = shownOf(map, view);
      selected = view.selection;
      const chosen = selected?.kind === 'segment' ? selected.id : undefined;
      const members = map.segments.find(({ id }) => id === chosen)?.members;
      segment = members && new Set(members);
      place(map, current);
      drawArrows();
      for (const each of current.places) describe(drawnPlaces.get(each.id), each, current.arrows);
      light();
    },
  };
}

function rank({ places }: MapLayout, { id }: MapPlace): number {
  const box = places.get(id);
  return box ? box.x * 100_000 + box.y : 0;
}

function cut(text: string, width: number, character = CHARACTER): string {
  const most = Math.floor((width - 24) / character);
  const characters = [...shownText(text)];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}

function placeNode(
  { id, name, gone, ingress, kind }: MapPlace,
  box: Box | undefined,
  select: (selection: Selection) => void,
  onHover: (id: string | undefined) => void,
): SVGGElement {
  const { x, y, width, height } = box ?? { x: 0, y: 0, width: 0, height: 0 };
  const classes = ['place', kind, gone && 'gone', kind === 'service' && !ingress && 'open'];
  const node = svg(
    'g',
    {
      class: classes.filter(Boolean).join(' '),
      transform: `translate(${x} ${y})`,
      role: 'button',
      tabindex: -1,
      'data-id': id,
    },
    svg('rect', { width, height, rx: kind === 'service' ? 6 : height / 2 }),
    svg('text', { x: width / 2, y: height / 2 + 4, 'text-anchor': 'middle' }, cut(name, width)),
  );
  node.addEventListener('click', () => {
    select({ kind: 'place', id });
  });
  node.addEventListener('pointerenter', () => {
    onHover(id);
  });
  node.addEventListener('pointerleave', () => {
    onHover(undefined);
  });
  return node;
}

/** For who hears the map rather than sees it. */
function describe(node: SVGGElement | undefined, place: MapPlace, arrows: readonly MapArrow[]): void {
  if (!node) return;
  const into = arrows.filter(({ to }) => to === place.id).length;
  const out = arrows.filter(({ from }) => from === place.id).length;
  // What is written comes first, or who speaks to the map could not name it: a long name is cut there.
  const written = node.querySelector('text')?.textContent ?? '';
  const name = place.name === written ? placeName(place) : `${written} ${placeName(place)}`;
  const words = `${name}: ${plural(into, 'arrow', 'arrows')} in, ${String(out)} out`;
  node.setAttribute('aria-label', shownText(words));
}

function arrowLine(
  arrow: MapArrow,
  { places, stacks }: MapLayout,
  shown: readonly MapPlace[],
  onClick: () => void,
): SVGGElement | undefined {
  const [from, to] = [places.get(arrow.from), places.get(arrow.to)];
  if (!from || !to) return undefined;
  const stackOf = (id: string): string | undefined => {
    const found = shown.find((place) => place.id === id);
    return found && stackKey(found.kind, found.stack);
  };
  const [a, b] = [stackOf(arrow.from), stackOf(arrow.to)];
  const [boxA, boxB] = [stacks.get(a ?? ''), stacks.get(b ?? '')];
  const { d, head } = arrowPath({
    from,
    to,
    ...(a !== b && boxA && boxB ? { stacks: { from: boxA, to: boxB } } : {}),
  });
  const line = svg(
    'g',
    { class: `arrow ${arrow.state}` },
    svg(
      'path',
      { class: 'hit', d },
      svg('title', {}, `${STATE_WORDS[arrow.state]}: ${arrow.ports.join(', ')}`),
    ),
    svg('path', { class: 'line', d }),
    headOf(arrow, head),
  );
  line.addEventListener('click', (event) => {
    event.stopPropagation();
    onClick();
  });
  return line;
}

/** A point where it goes through; a bar where it ends. */
function headOf(
  { state }: MapArrow,
  { x, y, direction }: ReturnType<typeof arrowPath>['head'],
): SVGPathElement {
  if (state === 'denied' || state === 'limited')
    return svg('path', { class: 'bar', d: `M${x - direction * 4},${y - 6}v12` });
  return svg('path', { class: 'head', d: `M${x},${y}l${-direction * 8},-4v8z` });
}

const WAYS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest place in the key's direction; sideways counts double. */
function neighbour({ places }: MapLayout, from: string, key: string): string | undefined {
  const [way, own] = [WAYS[key], places.get(from)];
  if (!way || !own) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, box] of places) {
    const [dx, dy] = [box.x + box.width / 2 - own.x - own.width / 2, box.y - own.y];
    const along = dx * way[0] + dy * way[1];
    const across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
    if (along <= 4 || along + 2 * across >= least) continue;
    [best, least] = [id, along + 2 * across];
  }
  return best;
}
