import { arrowId, type MapArrow, type ServiceMap } from '../../../rules/map/map-data.ts';

type Event =
  | { readonly kind: 'map'; readonly map: ServiceMap }
  | { readonly kind: 'change'; readonly arrows: readonly MapArrow[]; readonly removed: readonly string[] };

export interface LiveCalls {
  onMap(map: ServiceMap): void;
  onState(text: string): void;
}

/** The map of this range, and each change of it. Returns what ends that. */
export function followMap(minutes: number, { onMap, onState }: LiveCalls): () => void {
  let map: ServiceMap | undefined;
  const source = new EventSource(`/api/live?minutes=${minutes}`);
  source.onopen = () => {
    onState('live');
  };
  source.onerror = () => {
    onState('not connected, trying again');
    // A session that has ended is told by no event.
    void fetch('/api/live?minutes=0').then(({ status }) => {
      if (status === 401) location.assign('/login');
    });
  };
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as Event;
    map = event.kind === 'map' ? event.map : map && changed(map, event.arrows, event.removed);
    if (map) onMap(map);
  };
  return () => {
    source.close();
  };
}

function changed(map: ServiceMap, arrows: readonly MapArrow[], removed: readonly string[]): ServiceMap {
  const all = new Map(map.arrows.map((arrow) => [arrowId(arrow), arrow]));
  for (const id of removed) all.delete(id);
  for (const arrow of arrows) all.set(arrowId(arrow), arrow);
  return { ...map, arrows: [...all.values()] };
}
