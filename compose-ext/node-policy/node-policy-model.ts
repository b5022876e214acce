import type { Position } from '../diagnostic.ts';
import type { Protocol, Selector } from '../policy-model.ts';

/**
 * What may reach a node's own ports. A node that no policy selects is left alone; on one that some select their allows
 * add up.
 */
export interface NodePolicy {
  /** Unique in the cluster, among documents of all kinds. */
  readonly name: string;
  /** By the labels of Swarm's nodes, and `node.hostname`, `node.role`, `node.id`. Empty: every node. */
  readonly nodes: Selector;
  /** What no rule allows: deny, all of it; allow, all but the ports that some rule names. */
  readonly default: 'deny' | 'allow';
  readonly ingress: readonly NodeRule[];
  /** Open to everybody, whatever rules say. Absent: {@link DEFAULT_FAILSAFE}, for as long as no rule names those ports. */
  readonly failsafe?: readonly NodePort[];
  /** Seconds after which a node takes a change back by itself, unless it was confirmed. */
  readonly rollbackAfter: number;
  readonly origin: Position;
}

export interface NodeRule {
  readonly name?: string;
  /** Never empty. */
  readonly peers: readonly NodePeer[];
  /** Empty: every port, and every protocol. */
  readonly ports: readonly NodePort[];
  readonly origin: Position;
}

export type NodePeer =
  | { readonly kind: 'ipBlock'; readonly cidr: string; readonly except: readonly string[] }
  | { readonly kind: 'group'; readonly group: string }
  /** The Swarm's nodes, as it has them at the time. */
  | { readonly kind: 'nodes' }
  | { readonly kind: 'any' };

/** No `port`: every port of the protocol. */
export interface NodePort {
  readonly protocol: Protocol;
  readonly port?: number;
  readonly endPort?: number;
}

export const DEFAULT_FAILSAFE: readonly NodePort[] = [{ protocol: 'tcp', port: 22 }];
export const DEFAULT_ROLLBACK_AFTER = 120;
