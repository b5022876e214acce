import { LIMITS, TIMES } from '../config.ts';
import type { Clock } from '../process/clock.ts';
import type { FlowEnd, FlowRecord } from '../../rules/flows/flow-record.ts';
import type { ClusterPicture } from './cluster-view.ts';

/** What managers know, to judge a node's words by. */
export interface KnownPlaces {
  /** Whether managers know a service of that key, wherever it runs. */
  knows(service: string): boolean;
  /** Whether it runs on that node, or the node is an entry to it. */
  runsOn(node: string, service: string): boolean;
}

export interface FlowClaims {
  /** Those that are believed, or not yet refused, go to `take`: at once, or when their service is heard of. */
  offer(node: string, flows: readonly FlowRecord[]): void;
  /** After each change of what managers know. */
  lookAgain(): void;
  /** Records of that node about services that never were on it. */
  refused(node: string): number;
}

interface Doubted {
  readonly node: string;
  readonly flow: FlowRecord;
  readonly since: number;
}

/**
 * A node speaks of flows with an end on itself: of a service that managers placed there, or that they do not know. As
 * Swarm has no event for tasks, the first flows of a new one come before its manager has heard of it: they wait.
 */
export function createFlowClaims(
  clock: Clock,
  places: KnownPlaces,
  take: (node: string, flows: readonly FlowRecord[]) => void,
): FlowClaims {
  /** A task that ended a moment ago had flows, too. */
  const seen = new Map<string, Set<string>>();
  const refused = new Map<string, number>();
  let doubted: Doubted[] = [];
  let planned = false;

  function believes(node: string, flow: FlowRecord): boolean {
    return nearEnds(flow).every(({ service }) => {
      if (service === undefined || !places.knows(service)) return true;
      const here = seen.get(node) ?? new Set<string>();
      if (here.has(service)) return true;
      if (!places.runsOn(node, service)) return false;
      here.add(service);
      seen.set(node, here);
      return true;
    });
  }

  function refuse(node: string, count: number): void {
    if (count > 0) refused.set(node, (refused.get(node) ?? 0) + count);
  }

  function lookAgain(): void {
    const waiting = doubted;
    doubted = [];
    for (const each of waiting)
      if (believes(each.node, each.flow)) take(each.node, [each.flow]);
      else if (clock.elapsed() - each.since < TIMES.flowDoubt) doubted.push(each);
      else refuse(each.node, 1);
  }

  function plan(): void {
    if (planned || doubted.length === 0) return;
    planned = true;
    clock.after(TIMES.flowDoubt, () => {
      planned = false;
      lookAgain();
      plan();
    });
  }

  return {
    offer: (node, flows) => {
      const believed = flows.filter((flow) => believes(node, flow));
      if (believed.length > 0) take(node, believed);
      if (believed.length === flows.length) return;
      const known = new Set(believed);
      const others = flows.filter((flow) => !known.has(flow));
      const room = Math.max(0, LIMITS.flowsDoubted - doubted.length);
      const since = clock.elapsed();
      doubted.push(...others.slice(0, room).map((flow) => ({ node, flow, since })));
      refuse(node, others.length - Math.min(room, others.length));
      plan();
    },
    lookAgain,
    refused: (node) => refused.get(node) ?? 0,
  };
}

function nearEnds({ direction, source, destination }: FlowRecord): readonly FlowEnd[] {
  if (direction === 'local') return [source, destination];
  return direction === 'egress' ? [source] : [destination];
}

export function placesIn(picture: () => ClusterPicture | undefined): KnownPlaces {
  return {
    knows: (service) => picture()?.view.services.has(service) === true,
    runsOn: (node, service) => {
      const placement = picture()?.placement;
      if (placement === undefined) return false;
      const tasks = placement.tasksByNode.get(node);
      return (
        (tasks !== undefined && [...tasks.values()].includes(service)) ||
        placement.ingressServices.includes(service)
      );
    },
  };
}
