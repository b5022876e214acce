import type { Mode, ServiceKey } from '../../compose-ext/policy-model.ts';

export const FLOW_VERDICTS = ['allowed', 'denied', 'would-deny', 'limited'] as const;
export type FlowVerdict = (typeof FLOW_VERDICTS)[number];

/**
 * What one node saw of one flow (the same ends, protocol, port and verdict) in one interval: a line of its verdict log.
 * Both nodes of a connection judge it, and each has a record: `direction` tells them apart.
 */
export interface FlowRecord {
  /** Milliseconds since 1970, of its first and of its last packet. */
  readonly first: number;
  readonly last: number;
  /** Hostname of the node that saw it. */
  readonly node: string;
  /** Network's name, `docker_gwbridge` or a bridge's. */
  readonly network: string;
  /** Which end is on this node. */
  readonly direction: 'egress' | 'ingress' | 'local';
  readonly source: FlowEnd;
  readonly destination: FlowEnd;
  /** `tcp`, `udp`, `sctp`, `icmp`, or the protocol's number. */
  readonly protocol: string;
  /** The destination's; absent: the protocol has none. */
  readonly port?: number;
  readonly verdict: FlowVerdict;
  /** What the staged policy would have said; absent: there is none. */
  readonly staged?: FlowVerdict;
  readonly mode: Mode;
  /** Connections begun; 0 of what is no connection. */
  readonly connections: number;
  /** Both directions; of an allowed connection they are known when it ends. */
  readonly packets: number;
  readonly bytes: number;
  readonly reason?: FlowReason;
}

export interface FlowEnd {
  /** `balancer`: the node's load balancer speaks for a client that it hides. `unknown`: nobody's address here. */
  readonly kind: 'service' | 'container' | 'world' | 'node' | 'balancer' | 'unknown';
  readonly address: string;
  /** `stack/service`. */
  readonly service?: ServiceKey;
  readonly stack?: string;
  readonly task?: string;
  readonly container?: string;
}

/** Why: what a person is shown. All of it is hostile text, as names and files come from users. */
export interface FlowReason {
  /** Whose rule decided, or would have to allow it: a service, `admin NAME`, `baseline NAME`. */
  readonly policy: string;
  /** `no ingress rule of voting/db allows voting/attacker` */
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

/** What `swarmwall observe` and the API ask for; absent members do not restrict. */
export interface FlowQuery {
  /** `stack/service`, `stack_service`, one word (a stack, a service, a container, `world`), an address or a block. */
  readonly from?: string;
  readonly to?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly verdicts?: readonly FlowVerdict[];
  readonly stack?: string;
  /** Either end. */
  readonly service?: ServiceKey;
  readonly node?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Newest this many. */
  readonly limit?: number;
}
