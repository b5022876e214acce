import type { FlowEnd, FlowRecord } from '../flows/flow-record.ts';
import type { AnomalyEnd, AnomalyKind, Evidence } from './anomaly.ts';
import { endName } from './flow-words.ts';

/** What a detector has found by a record: who it is about is told by {@link keepsQuiet} once. */
export interface Finding {
  readonly kind: AnomalyKind;
  readonly summary: string;
  readonly destination?: AnomalyEnd;
  readonly evidence: Evidence;
  /** Told apart from others of its kind and source by this. */
  readonly about: string;
}

/** Looks at each record, in the order in which they come. */
export type Detect = (record: FlowRecord, at: number) => readonly Finding[];

export function toEnd(end: FlowEnd): AnomalyEnd {
  return { kind: end.kind, name: endName(end), addresses: [end.address] };
}

export const seconds = (milliseconds: number): number => milliseconds / 1_000;
