import {
  ARROW_STATES,
  type ArrowState,
  type MapArrow,
  type MapPlace,
  type ServiceMap,
} from '../../../rules/map/map-data.ts';
import { stackKey } from '../../../rules/map/layout.ts';

export type Selection =
  | { readonly kind: 'place'; readonly id: string }
  | { readonly kind: 'arrow'; readonly id: string }
  | { readonly kind: 'segment'; readonly id: string };

/** What of the map is shown. */
export interface View {
  readonly search: string;
  readonly states: ReadonlySet<ArrowState>;
  /** As {@link stackKey} has it; absent: all. */
  readonly stack?: string;
  readonly minutes: number;
  readonly selection?: Selection;
}

export const FIRST_VIEW: View = { search: '', states: new Set(ARROW_STATES), minutes: 60 };

export interface Shown {
  readonly places: readonly MapPlace[];
  readonly arrows: readonly MapArrow[];
  /** By id: what the search finds; absent: nothing is searched for. */
  readonly found?: ReadonlySet<string>;
}

/** With a stack chosen: it, and whatever it speaks with. */
export function shownOf(map: ServiceMap, { search, states, stack }: View): Shown {
  const stackOf = new Map(map.places.map((place) => [place.id, stackKey(place.kind, place.stack)]));
  const ofStack = ({ from, to }: MapArrow): boolean =>
    stack === undefined || stackOf.get(from) === stack || stackOf.get(to) === stack;
  const near = map.arrows.filter(ofStack);
  const ends = new Set(near.flatMap(({ from, to }) => [from, to]));
  const places = map.places.filter(
    ({ id }) => stack === undefined || stackOf.get(id) === stack || ends.has(id),
  );
  const text = search.trim().toLowerCase();
  const found =
    text === '' ? undefined : new Set(places.filter((place) => matches(place, text)).map(({ id }) => id));
  const arrows = near.filter(
    ({ state, from, to }) => states.has(state) && (found === undefined || found.has(from) || found.has(to)),
  );
  return { places, arrows, ...(found && { found }) };
}

function matches({ name, stack }: MapPlace, text: string): boolean {
  return `${stack}/${name}`.toLowerCase().includes(text);
}

export function placeName({ kind, stack, name }: MapPlace): string {
  return kind === 'outside' || stack === '' ? name : `${stack}/${name}`;
}
