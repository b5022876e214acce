import type { Mode } from '../../compose-ext/policy-model.ts';

/**
 * What the page is told: JSON-safe, and every text in it is hostile.
 * unused: the policy allows it, and no flow of the time shown used it.
 */
export const ARROW_STATES = ['allowed', 'unused', 'limited', 'would-deny', 'denied'] as const;
export type ArrowState = (typeof ARROW_STATES)[number];

/** A service, or what is no service: a place outside, the nodes, addresses that nobody has. */
export interface MapPlace {
  /** See {@link placeId}. */
  readonly id: string;
  readonly kind: 'service' | 'outside';
  /** '' outside. */
  readonly stack: string;
  readonly name: string;
  /** Whether something must allow it to be reached, to reach; false outside. */
  readonly ingress: boolean;
  readonly egress: boolean;
  readonly mode: Mode;
  /** Only flows know it: the cluster's model has no such service (any more). */
  readonly gone?: true;
}

/** One way between two places, in one state. */
export interface MapArrow {
  readonly from: string;
  readonly to: string;
  readonly state: ArrowState;
  /** `5432/tcp`; at most {@link MOST_PORTS}, then how many more. */
  readonly ports: readonly string[];
  /** Of an allowed one: what the policy allows besides, and nothing used. */
  readonly unusedPorts?: readonly string[];
  /** 0 of an unused one. */
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  /** Milliseconds since 1970; absent: never seen in the time shown. */
  readonly last?: number;
}

export interface MapSegment {
  readonly id: string;
  readonly name: string;
  readonly encrypted: boolean;
  /** Places' ids. */
  readonly members: readonly string[];
}

export interface ServiceMap {
  readonly places: readonly MapPlace[];
  readonly arrows: readonly MapArrow[];
  readonly segments: readonly MapSegment[];
  /** Flows that are not in it, as memory is bounded. */
  readonly forgotten: number;
}

export const MOST_PORTS = 12;

/** Names of the two kinds never meet: a service may be called whatever its owner likes. */
export function placeId(kind: MapPlace['kind'], name: string): string {
  return `${kind} ${name}`;
}

export function arrowId({ from, to, state }: Pick<MapArrow, 'from' | 'to' | 'state'>): string {
  return JSON.stringify([from, to, state]);
}
