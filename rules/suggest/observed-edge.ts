import type { ServiceKey } from '../../compose-ext/policy-model.ts';

/** Who talks, as far as policies can tell: tasks of a service are one, addresses outside are each their own. */
export type EdgeEnd =
  | { readonly kind: 'service'; readonly service: ServiceKey }
  | { readonly kind: 'world' | 'node'; readonly address: string };

/** All that was seen of one pair at one port. */
export interface ObservedEdge {
  readonly source: EdgeEnd;
  readonly destination: EdgeEnd;
  readonly protocol: string;
  readonly port?: number;
  /** Of what passed: allowed, or only because of audit. */
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  /** Some of it passed by the policy of the day, and not by audit alone. */
  readonly allowed: boolean;
  /** Packets that were denied: no evidence of anything but a wish. */
  readonly denied: number;
  /** Milliseconds since 1970: of what passed, if anything did. */
  readonly first: number;
  readonly last: number;
  readonly nodes: readonly string[];
  /** Connections of what passed by minute since 1970: the first {@link MAX_MINUTES} of them. */
  readonly minutes: ReadonlyMap<number, number>;
}

/** Four hours of a connection each minute: whatever that is, more of it proves no more. */
export const MAX_MINUTES = 240;

export function endName(end: EdgeEnd): string {
  return end.kind === 'service' ? end.service : end.address;
}

export function endKey(end: EdgeEnd): string {
  return `${end.kind} ${endName(end)}`;
}
