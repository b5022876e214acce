import type { Position } from './diagnostic.ts';

/**
 * The policy model: Kubernetes NetworkPolicy (networking.k8s.io/v1) with service for pod and stack for
 * namespace. Plain, JSON-safe data: it travels in labels and over the wire.
 */
export type Protocol = 'tcp' | 'udp' | 'sctp';
export type Direction = 'ingress' | 'egress';
export type Mode = 'enforce' | 'audit';
export type Isolation = 'strict' | 'balanced' | 'off';
export type Labels = Readonly<Record<string, string>>;

/** `stack/service`; both names are free of `/`. */
export type ServiceKey = string;

export interface Expression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Empty selects everything. */
export interface Selector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Expression[];
}

export type Peer =
  | { readonly kind: 'service'; readonly stack: string; readonly service: string }
  /** No `stacks`: the policy's own stack. No `services`: all services of those stacks. */
  | { readonly kind: 'selector'; readonly stacks?: Selector; readonly services?: Selector }
  /** Addresses outside the cluster. */
  | { readonly kind: 'ipBlock'; readonly cidr: string; readonly except: readonly string[] }
  /** Addresses outside the cluster, by the name of a {@link CidrGroup}. One that nobody stored allows nobody; to a deny it is everybody outside. */
  | { readonly kind: 'group'; readonly group: string }
  /** Egress only: the addresses outside that DNS gives for it. `*.example.com` is every name below example.com. */
  | { readonly kind: 'name'; readonly name: string }
  /** Every address outside the cluster. */
  | { readonly kind: 'world' }
  /** Every service and the world. */
  | { readonly kind: 'any' };

/** Target (container) ports. No `port`: every port of the protocol. A string is a named port. */
export interface PortMatch {
  readonly protocol: Protocol;
  readonly port?: number | string;
  /** Inclusive; only with a numeric `port`. */
  readonly endPort?: number;
}

export interface PolicyRule {
  /** Empty: any peer. */
  readonly peers: readonly Peer[];
  /** Empty: every port of every protocol, ICMP echo included. */
  readonly ports: readonly PortMatch[];
  readonly origin: Position;
}

export interface Policy {
  /** Unique in its stack: `web.ingress` for a label, the given name for x-swarmwall. */
  readonly name: string;
  readonly stack: string;
  /** Selects services of its own stack. */
  readonly target:
    | { readonly kind: 'service'; readonly service: string }
    | { readonly kind: 'selector'; readonly services: Selector };
  /** The directions in which the selected services become isolated. */
  readonly directions: readonly Direction[];
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
  readonly origin: Position;
}

/** admin: above the services' own policies. baseline: below them, for what none of them isolates. */
export type Tier = 'admin' | 'baseline';
/** pass, in admin only: leave it to the services' own policies, whatever later admin rules say. */
export type TierAction = 'allow' | 'deny' | 'pass';

/**
 * An administrator's policy, after ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2): ordered, and the first
 * rule that matches a connection's side decides it.
 */
export interface ClusterPolicy {
  /** Unique in the cluster. */
  readonly name: string;
  readonly tier: Tier;
  /** 0 to 1000, the lowest first; equal ones by name. */
  readonly priority: number;
  /** Absent selectors select everything. */
  readonly subject: { readonly stacks?: Selector; readonly services?: Selector };
  readonly ingress: readonly ClusterRule[];
  readonly egress: readonly ClusterRule[];
  readonly origin: Position;
}

export interface ClusterRule {
  readonly name?: string;
  readonly action: TierAction;
  /** Never empty. A selector always has `stacks`: a cluster policy has no stack of its own. */
  readonly peers: readonly Peer[];
  /** Empty: every port of every protocol, ICMP echo included. */
  readonly ports: readonly PortMatch[];
  readonly origin: Position;
}

/** A name for blocks of addresses, changed without touching the policies that refer to it. */
export interface CidrGroup {
  /** Unique in the cluster. */
  readonly name: string;
  readonly blocks: readonly { readonly cidr: string; readonly except: readonly string[] }[];
  readonly origin: Position;
}

export interface ServicePort {
  readonly protocol: Protocol;
  /** The port the container listens on. */
  readonly target: number;
  /** Absent: not published (`expose`). */
  readonly published?: number;
  readonly mode?: 'ingress' | 'host';
  readonly name?: string;
}

/** How many connections a service takes; what is over it is dropped. */
export interface ServiceLimit {
  /** peer: of each address that connects. task: of each of the service's tasks, whoever connects. */
  readonly per: 'peer' | 'task';
  /** Open at the same time. */
  readonly connections?: number;
  /** New ones; `burst` may come at once. */
  readonly rate?: { readonly count: number; readonly unit: 'second' | 'minute'; readonly burst: number };
  /** What is over it passes, and is counted. */
  readonly mode?: 'audit';
}

export interface ServiceModel {
  readonly stack: string;
  readonly name: string;
  /** Service labels (`deploy.labels`; `labels` in plain Compose), swarmwall.* left out. */
  readonly labels: Labels;
  readonly ports: readonly ServicePort[];
  readonly limit?: ServiceLimit;
  /** Absent: its stack's. */
  readonly mode?: Mode;
  readonly origin: Position;
}

export interface StackModel {
  readonly name: string;
  /** Always has `name` and `kubernetes.io/metadata.name`, both the stack's name, unless written otherwise. */
  readonly labels: Labels;
  /** Any swarmwall label or x-swarmwall: default-deny for ingress unless `defaults` says otherwise. */
  readonly annotated: boolean;
  /** Of services that no policy selects in that direction. Both 'allow' when not annotated. */
  readonly defaults: Readonly<Record<Direction, 'allow' | 'deny'>>;
  readonly mode: Mode;
  /** Services with egress rules by DNS name get answers for the names in them only. */
  readonly dns?: 'strict';
  readonly encrypted: boolean;
  readonly isolation: Isolation;
  readonly services: readonly ServiceModel[];
  readonly policies: readonly Policy[];
  readonly origin: Position;
}

export interface PolicyModel {
  readonly stacks: readonly StackModel[];
  readonly clusterPolicies?: readonly ClusterPolicy[];
  readonly groups?: readonly CidrGroup[];
}
