import { arrowId, type MapArrow, type ServiceMap } from '../../rules/map/map-data.ts';
import { createFlowPlaces } from '../../rules/map/flow-place.ts';
import { createFlowTotals, type PlacedFlow } from '../../rules/map/flow-totals.ts';
import { pairDetails, type PairDetails } from '../../rules/map/pair-details.ts';
import { policyMap, type PolicyMap } from '../../rules/map/policy-arrows.ts';
import { serviceDetails, type ServiceDetails } from '../../rules/map/service-details.ts';
import { serviceMap } from '../../rules/map/service-map.ts';
import { outsidePlaces } from '../../rules/outside-places.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { LiveCluster, MapSource } from './map-source.ts';

/** Shown times, in minutes. */
export const RANGES = [5, 15, 60, 24 * 60, 7 * 24 * 60] as const;
const LONGEST = 7 * 24 * 60 * 60_000;
const MINUTE = 60_000;
/** How often open pages are told, and how often what has become too old is left out. */
const TELL = 500;
const AGE = 15_000;
const AGAIN = 2_000;
const FLOWS_SHOWN = 50;

export type MapEvent =
  | { readonly kind: 'map'; readonly map: ServiceMap }
  | { readonly kind: 'change'; readonly arrows: readonly MapArrow[]; readonly removed: readonly string[] };

export interface MapFeed {
  /** Tells the whole map, then each change of it. Returns what ends that. */
  open(minutes: number, tell: (event: MapEvent) => void): () => void;
  arrow(from: string, to: string): { readonly policy?: PairDetails; readonly flows: readonly PlacedFlow[] };
  service(key: string): (ServiceDetails & { readonly nodes: readonly string[] }) | undefined;
  stop(): void;
}

interface Viewed {
  map: ServiceMap;
  readonly tells: Set<(event: MapEvent) => void>;
}

export function createMapFeed(source: MapSource, clock: Clock, log: Log): MapFeed {
  const totals = createFlowTotals();
  const views = new Map<number, Viewed>();
  const stopping = new AbortController();
  let known: { readonly cluster: LiveCluster; readonly policy: PolicyMap } | undefined;
  let placeOf = createFlowPlaces([]);
  let drawn = { version: -1, cluster: known, at: 0 };
  let cancel: (() => void) | undefined;
  let following = false;

  function policy(): typeof known {
    const cluster = source.cluster();
    if (cluster !== undefined && cluster !== known?.cluster) {
      known = { cluster, policy: policyMap(cluster) };
      placeOf = createFlowPlaces(known.policy.outside);
    }
    return known;
  }

  function draw(minutes: number): ServiceMap {
    const now = policy();
    if (now === undefined) return { places: [], arrows: [], segments: [], forgotten: 0 };
    const since = clock.now() - minutes * MINUTE;
    return serviceMap(now.cluster, now.policy, totals.since(since), totals.forgotten);
  }

  /** One look for all open pages; none while no page is open. */
  function look(): void {
    cancel = clock.after(TELL, look);
    policy();
    const { version } = totals;
    const at = clock.elapsed();
    if (drawn.version === version && drawn.cluster === known && at - drawn.at < AGE) return;
    drawn = { version, cluster: known, at };
    totals.forgetBefore(clock.now() - LONGEST);
    for (const [minutes, view] of views) {
      const event = changeOf(view.map, (view.map = draw(minutes)));
      if (event) for (const tell of view.tells) tell(event);
    }
  }

  /** From the first page on: the past is asked for once, when agents are there to tell it. */
  async function follow(flows: NonNullable<MapSource['flows']>): Promise<void> {
    let since = clock.now() - LONGEST;
    while (!stopping.signal.aborted) {
      try {
        policy();
        for await (const record of flows(since, stopping.signal)) {
          // Never twice: what comes after a failure is what is new then.
          since = clock.now();
          totals.add(record, placeOf);
        }
      } catch (error) {
        log.warn({ err: error }, 'the map follows no flows for now');
      }
      await new Promise<void>((resolve) => {
        clock.after(AGAIN, resolve);
        stopping.signal.addEventListener('abort', () => {
          resolve();
        });
      });
    }
  }

  return {
    open(minutes, tell) {
      if (source.flows && !following) void follow(source.flows.bind(source));
      following = true;
      const view = views.get(minutes) ?? { map: draw(minutes), tells: new Set() };
      views.set(minutes, view);
      view.tells.add(tell);
      tell({ kind: 'map', map: view.map });
      if (cancel === undefined) look();
      return () => {
        view.tells.delete(tell);
        if (view.tells.size === 0) views.delete(minutes);
        if (views.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
    arrow(from, to) {
      const now = policy();
      const flows = totals.recent((flow) => flow.from === from && flow.to === to, FLOWS_SHOWN);
      const details = now && pairDetails(now.cluster, outsidePlaces(now.cluster), from, to);
      return { ...(details && { policy: details }), flows };
    },
    service(key) {
      const cluster = policy()?.cluster;
      const service = cluster?.services.find((each) => each.key === key);
      if (!cluster || !service) return undefined;
      const stack = cluster.stacks.find(({ name }) => name === service.stack);
      return { ...serviceDetails(service, stack), nodes: cluster.nodesOf.get(key) ?? [] };
    },
    stop() {
      stopping.abort();
      cancel?.();
    },
  };
}

/** Undefined: they are the same. Whole where more than arrows differ. */
export function changeOf(before: ServiceMap, after: ServiceMap): MapEvent | undefined {
  const rest = ({ places, segments, forgotten }: ServiceMap): string =>
    JSON.stringify([places, segments, forgotten]);
  if (rest(before) !== rest(after)) return { kind: 'map', map: after };
  const old = new Map(before.arrows.map((arrow) => [arrowId(arrow), JSON.stringify(arrow)]));
  const arrows = after.arrows.filter((arrow) => old.get(arrowId(arrow)) !== JSON.stringify(arrow));
  for (const arrow of after.arrows) old.delete(arrowId(arrow));
  if (arrows.length === 0 && old.size === 0) return undefined;
  return { kind: 'change', arrows, removed: [...old.keys()] };
}
