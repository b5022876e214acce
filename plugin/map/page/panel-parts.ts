import {
  arrowId,
  type MapArrow,
  type MapPlace,
  type MapSegment,
  type ServiceMap,
} from '../../../rules/map/map-data.ts';
import type { PolicyLine } from '../../../rules/map/pair-details.ts';
import { html } from './dom.ts';
import { placeName, type Selection } from './view.ts';
import { plural, STATE_WORDS } from './words.ts';

export type Select = (selection: Selection | undefined) => void;

export interface Context {
  readonly map: ServiceMap;
  readonly names: ReadonlyMap<string, MapPlace>;
  readonly select: Select;
}

export type Ask = <T>(path: string, query: Readonly<Record<string, string>>) => Promise<T | undefined>;

export function nameOf({ names }: Context, id: string): string {
  const place = names.get(id);
  return place ? placeName(place) : id;
}

export function button(
  key: string,
  onClick: () => void,
  ...children: Parameters<typeof html>[2][]
): HTMLButtonElement {
  const made = html('button', { type: 'button', 'data-key': key }, ...children);
  made.addEventListener('click', onClick);
  return made;
}

export function back({ select }: Context): HTMLButtonElement {
  return button(
    'back',
    () => {
      select(undefined);
    },
    '← All arrows',
  );
}

export function arrowButton(arrow: MapArrow, context: Context): HTMLElement {
  const id = arrowId(arrow);
  return html(
    'li',
    {},
    button(
      id,
      () => {
        context.select({ kind: 'arrow', id });
      },
      html('span', { class: `badge ${arrow.state}` }, STATE_WORDS[arrow.state]),
      html(
        'span',
        { class: 'way' },
        html('bdi', {}, nameOf(context, arrow.from)),
        ' → ',
        html('bdi', {}, nameOf(context, arrow.to)),
      ),
      html('span', { class: 'ports' }, arrow.ports.slice(0, 4).join(', ')),
    ),
  );
}

export function segmentButton(
  { id, name, encrypted, members }: MapSegment,
  select: Select,
): HTMLButtonElement {
  return button(
    `segment ${id}`,
    () => {
      select({ kind: 'segment', id });
    },
    html('span', { class: 'way' }, html('bdi', {}, name)),
    html(
      'span',
      { class: 'ports' },
      `${plural(members.length, 'service', 'services')}, ${encrypted ? 'encrypted' : 'not encrypted'}`,
    ),
  );
}

export function placeButton(id: string, context: Context): HTMLButtonElement {
  return button(
    `place ${id}`,
    () => {
      context.select({ kind: 'place', id });
    },
    html('bdi', {}, nameOf(context, id)),
  );
}

export function facts(rows: readonly (readonly [term: string, text: string])[]): HTMLElement {
  return html('dl', {}, ...rows.flatMap(([term, text]) => [html('dt', {}, term), html('dd', {}, text)]));
}

export function lineText({ file, line }: { readonly file?: string; readonly line?: number }): string {
  return file === undefined ? '' : `${file}:${String(line ?? 1)}`;
}

export function policyItem({ direction, policy, ...place }: PolicyLine): HTMLElement {
  return html(
    'li',
    {},
    `${direction} `,
    html('code', {}, policy),
    ' ',
    html('span', { class: 'ports' }, lineText(place)),
  );
}
