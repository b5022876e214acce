import {
  arrowId,
  ARROW_STATES,
  type MapArrow,
  type MapSegment,
  type ServiceMap,
} from '../../../rules/map/map-data.ts';
import { arrowContent } from './arrow-details.ts';
import { byId, html } from './dom.ts';
import { arrowButton, back, type Context, placeButton, segmentButton, type Select } from './panel-parts.ts';
import { placeContent } from './place-details.ts';
import { shownOf, type View } from './view.ts';
import { plural } from './words.ts';

/** More are found by searching. */
const LISTED = 150;

/** Newest call wins: details that come late for what is no longer selected are dropped. */
export function createPanel(select: Select) {
  const panel = byId('panel');
  let shown = '';
  let call = 0;

  async function ask<T>(path: string, query: Readonly<Record<string, string>>): Promise<T | undefined> {
    const own = ++call;
    const answer = await fetch(`${path}?${new URLSearchParams(query).toString()}`);
    return own === call && answer.ok ? ((await answer.json()) as T) : undefined;
  }

  return (map: ServiceMap, view: View): void => {
    const { selection } = view;
    const names = new Map(map.places.map((place) => [place.id, place]));
    const arrow =
      selection?.kind === 'arrow' ? map.arrows.find((each) => arrowId(each) === selection.id) : undefined;
    const place = selection?.kind === 'place' ? names.get(selection.id) : undefined;
    const segment =
      selection?.kind === 'segment' ? map.segments.find(({ id }) => id === selection.id) : undefined;
    const own = place && map.arrows.filter(({ from, to }) => from === place.id || to === place.id);
    const listed = selection ? [] : shownOf(map, view).arrows;
    // Live: what is read is not taken away unless it has changed.
    const now = JSON.stringify([
      selection,
      arrow,
      place,
      segment,
      own,
      listed,
      map.segments,
      selection ? '' : view.search,
    ]);
    if (now === shown) return;
    shown = now;
    const held = document.activeElement?.closest('#panel [data-key]')?.getAttribute('data-key');
    const top = panel.scrollTop;
    call++;
    const context = { map, names, select };
    if (arrow) panel.replaceChildren(...arrowContent(arrow, context, ask));
    else if (place) panel.replaceChildren(...placeContent(place, own ?? [], context, ask));
    else if (segment) panel.replaceChildren(...segmentContent(segment, context));
    else panel.replaceChildren(...overview(listed, context));
    panel.scrollTop = top;
    if (held)
      panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  };
}

function overview(arrows: readonly MapArrow[], context: Context): Node[] {
  const { map, select } = context;
  const rank = ({ state }: MapArrow): number => -ARROW_STATES.indexOf(state);
  const sorted = arrows.toSorted((a, b) => rank(a) - rank(b) || (b.last ?? 0) - (a.last ?? 0));
  return [
    html('h2', {}, plural(arrows.length, 'arrow', 'arrows')),
    ...(map.forgotten > 0
      ? [
          html(
            'p',
            { class: 'note' },
            `${plural(map.forgotten, 'older pair of ports was', 'older pairs of ports were')} given up for newer ones: the map holds so many.`,
          ),
        ]
      : []),
    ...(arrows.length === 0
      ? [html('p', {}, 'No arrow is shown: nothing is allowed or seen that the filters leave in.')]
      : []),
    html('ul', { class: 'list' }, ...sorted.slice(0, LISTED).map((arrow) => arrowButton(arrow, context))),
    ...(sorted.length > LISTED
      ? [html('p', { class: 'note' }, `and ${sorted.length - LISTED} more: search for a name`)]
      : []),
    html('h2', {}, plural(map.segments.length, 'segment', 'segments')),
    html(
      'ul',
      { class: 'list' },
      ...map.segments.map((segment) => html('li', {}, segmentButton(segment, select))),
    ),
  ];
}

function segmentContent({ name, encrypted, members }: MapSegment, context: Context): Node[] {
  return [
    back(context),
    html('h2', {}, html('bdi', {}, name)),
    html('p', {}, encrypted ? 'A network that is meant to be encrypted.' : 'A network without encryption.'),
    html('h3', {}, 'Services on it'),
    html('ul', { class: 'list' }, ...members.map((id) => html('li', {}, placeButton(id, context)))),
  ];
}
