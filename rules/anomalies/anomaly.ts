import type { FlowEnd } from '../flows/flow-record.ts';

export const ANOMALY_KINDS = [
  'horizontal-scan',
  'vertical-scan',
  'deny-burst',
  'new-peer',
  'connection-flood',
  'silent-node',
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** What is out of the ordinary, and what it was seen by. All its text is hostile, as names come from users. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `attacker/attacker was refused by 5 destinations within 10 s` */
  readonly summary: string;
  readonly source: AnomalyEnd;
  readonly destination?: AnomalyEnd;
  /** Hostnames of those who saw it. */
  readonly nodes: readonly string[];
  readonly evidence: Evidence;
}

export interface AnomalyEnd {
  readonly kind: FlowEnd['kind'];
  /** The service, else the container, else the address. */
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface Evidence {
  /** What was counted, the count at which it is told, and of what. */
  readonly count: number;
  readonly threshold: number;
  readonly unit: 'destinations' | 'ports' | 'refusals' | 'connections' | 'flows' | 'seconds';
  readonly windowSeconds: number;
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
  /** Some of them: `denied → voting/db:5432/tcp`. */
  readonly samples: readonly string[];
}
