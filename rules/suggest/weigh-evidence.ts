import type { CollectedEdges } from './collect-edges.ts';
import { endKey, type ObservedEdge } from './observed-edge.ts';

/** Why traffic that was seen becomes no rule. */
export type Doubt =
  /** Begun while its source tried many peers or ports at once. */
  | 'scan'
  /** Nobody answered, or the answer was a refusal. */
  | 'unanswered'
  /** Too few connections, or all of them at about one time. */
  | 'rare'
  /** It never passed: the policy of the day denied it. */
  | 'denied';

export interface Thresholds {
  /** Connections at the least. */
  readonly flows: number;
  /** Different minutes in which they were begun. */
  readonly times: number;
  /** Thin pairs that a source tries within two minutes, from which on it scans. */
  readonly scanPairs: number;
  /** Services that never scan, whatever it looks like: one that checks the health of many, say. */
  readonly trusted?: ReadonlySet<string>;
}

export const THRESHOLDS: Thresholds = { flows: 3, times: 3, scanPairs: 10 };

/** A handshake and something after it. */
const ANSWERED_PACKETS = 4;
/** Of one connection: a scan asks for a banner at most. */
const THICK_PACKETS = 12;
const THICK_BYTES = 1_500;
/** What carried so much needs no second connection: a pool's, a queue's. */
const LASTING_PACKETS = 100;
/** So long after its beginning the end of a short connection was told, even of one that nobody answered. */
const LASTING = 10 * 60_000;

export interface Weighed {
  readonly edge: ObservedEdge;
  /** Absent: it is a service's traffic. */
  readonly doubt?: Doubt;
}

/** Which of what was seen is traffic of a service, and which a scan's, a person's or nobody's. */
export function weighEvidence(
  collected: Pick<CollectedEdges, 'edges' | 'last' | 'sprawling'>,
  thresholds: Thresholds = THRESHOLDS,
): readonly Weighed[] {
  const { edges, last = 0, sprawling } = collected;
  // Packets are told when a connection ends. Where they never are, nothing is concluded from their absence.
  const counted = edges.some(({ packets, connections }) => packets > connections);
  const lasts = (edge: ObservedEdge) => counted && isLasting(edge, last);
  const bursts = findBursts(
    edges.filter((edge) => !lasts(edge) && isThin(edge) && !isTrusted(edge, thresholds)),
    thresholds,
  );
  return edges.map((edge) => {
    const doubt = doubtOf(edge, {
      burst: bursts.get(endKey(edge.source)) ?? new Set(),
      lasting: lasts(edge),
      sprawls: sprawling.has(endKey(edge.source)) && !isTrusted(edge, thresholds),
      ...{ counted, thresholds },
    });
    return doubt === undefined ? { edge } : { edge, doubt };
  });
}

interface Weights {
  /** Minutes in which its source scanned. */
  readonly burst: ReadonlySet<number>;
  readonly lasting: boolean;
  readonly sprawls: boolean;
  readonly counted: boolean;
  readonly thresholds: Thresholds;
}

function doubtOf(
  edge: ObservedEdge,
  { burst, lasting, sprawls, counted, thresholds }: Weights,
): Doubt | undefined {
  if (edge.connections === 0 && edge.packets === 0) return 'denied';
  if (lasting) return undefined;
  if (sprawls) return 'scan';
  const quiet = [...edge.minutes.keys()].filter((minute) => !burst.has(minute));
  if (quiet.length === 0 && edge.minutes.size > 0) return 'scan';
  const ended = counted && edge.packets > 0;
  if (ended && edge.protocol === 'tcp' && edge.packets < ANSWERED_PACKETS * edge.connections)
    return 'unanswered';
  const enough = (minutes: readonly number[]) =>
    minutes.length >= thresholds.times &&
    minutes.reduce((sum, minute) => sum + (edge.minutes.get(minute) ?? 0), 0) >= thresholds.flows;
  if (enough(quiet)) return undefined;
  return quiet.length < edge.minutes.size ? 'scan' : 'rare';
}

function isLasting({ connections, packets, first }: ObservedEdge, end: number): boolean {
  if (packets >= LASTING_PACKETS * Math.max(1, connections)) return true;
  return connections > 0 && packets === 0 && end - first >= LASTING;
}

function isTrusted({ source }: ObservedEdge, { trusted }: Thresholds): boolean {
  return source.kind === 'service' && trusted?.has(source.service) === true;
}

/** Nothing to speak of was exchanged. */
function isThin({ connections, packets, bytes }: ObservedEdge): boolean {
  return packets < THICK_PACKETS * connections && bytes < THICK_BYTES * connections;
}

/** By source, the minutes in which it began thin connections to many pairs, counted over two minutes. */
function findBursts(edges: readonly ObservedEdge[], { scanPairs }: Thresholds): Map<string, Set<number>> {
  const bySource = new Map<string, ObservedEdge[]>();
  for (const edge of edges) {
    const key = endKey(edge.source);
    const own = bySource.get(key);
    if (own) own.push(edge);
    else bySource.set(key, [edge]);
  }
  const bursts = new Map<string, Set<number>>();
  for (const [source, own] of bySource)
    if (own.length >= scanPairs) bursts.set(source, burstMinutes(own, scanPairs));
  return bursts;
}

function burstMinutes(edges: readonly ObservedEdge[], scanPairs: number): Set<number> {
  const pairs = new Map<number, Set<ObservedEdge>>();
  for (const edge of edges)
    for (const minute of edge.minutes.keys())
      pairs.set(minute, (pairs.get(minute) ?? new Set<ObservedEdge>()).add(edge));
  const found = new Set<number>();
  for (const [minute, here] of pairs) {
    const both = new Set([...here, ...(pairs.get(minute + 1) ?? [])]);
    if (both.size >= scanPairs) for (const each of [minute, minute + 1]) found.add(each);
  }
  return found;
}
