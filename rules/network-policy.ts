import type {
  CidrGroup,
  ClusterPolicy,
  Direction,
  Labels,
  Mode,
  Policy,
  Protocol,
  ServiceKey,
  ServiceLimit,
  ServicePort,
} from '../compose-ext/policy-model.ts';
import type { ClusterSettings } from '../compose-ext/cluster-policy/settings.ts';
import type { Position } from '../compose-ext/diagnostic.ts';
import type { HostFirewall } from './host-firewall/host-firewall.ts';

/**
 * What one overlay network enforces, in services' names: the controller computes it, agents turn it into
 * kernel programs. JSON-safe; it is the wire format (plugin/protocol.ts).
 */
export interface NetworkPolicy {
  readonly network: NetworkInfo;
  /**
   * Address (IPv6 in its canonical text) → who it is. Tasks and VIPs alike; an address that is not here is denied, but
   * for IPv6 that an engine gave to an endpoint here.
   */
  readonly endpoints: Readonly<Record<string, EndpointOwner>>;
  readonly services: Readonly<Record<ServiceKey, ServiceStance>>;
  /** Keyed by {@link allowKey}: the key decides equality, the rest explains. */
  readonly allows: Readonly<Record<string, Allow>>;
}

export interface NetworkInfo {
  /** Docker's 25-character network id. */
  readonly id: string;
  readonly name: string;
  readonly subnets: readonly string[];
  readonly encrypted: boolean;
  readonly ingress: boolean;
  /** VXLAN network identifiers, one a subnet; absent where Docker does not tell them. */
  readonly vnis?: readonly number[];
}

export type EndpointOwner =
  | { readonly kind: 'service'; readonly service: ServiceKey }
  /** The load-balancer sandbox of a node whose agent is healthy: source of leg 2 of a VIP. */
  | { readonly kind: 'load-balancer'; readonly node: string };

/** open: not isolated. isolated: default-deny, enforced. audit: default-deny, but passes and counts. */
export type Stance = 'open' | 'isolated' | 'audit';
export type ServiceStance = Readonly<Record<Direction, Stance>> & {
  /** Of what is allowed to it. */
  readonly limit?: ServiceLimit;
};

/** A connection that both sides allow (where they are isolated). */
export interface Allow {
  /** '*': every source that is known and not egress-isolated. */
  readonly from: ServiceKey | '*';
  readonly to: ServiceKey;
  /** 'any': every protocol, ICMP echo included. Neither that nor 'icmp' has a port. */
  readonly protocol: Protocol | 'icmp' | 'any';
  /** Absent: every port. */
  readonly port?: number;
  readonly endPort?: number;
  /** Allowed only because a side is in audit: passes, counted and logged as would-deny. */
  readonly wouldDeny?: true;
}

/**
 * Filters outside the overlays: what one service may receive from and send to the world, and what other services may
 * send to the ports that it publishes.
 */
export interface EdgePolicy {
  /** Toward addresses. */
  readonly stance: ServiceStance;
  /** Toward other services, as on an overlay. */
  readonly pair: ServiceStance;
  /** Of the pairs with this service as the destination, by key; none where it publishes no port. */
  readonly near: readonly Allow[];
  readonly ingress: readonly EdgeRule[];
  readonly egress: readonly EdgeRule[];
  /** Its egress is isolated for metadata alone: IPv6 is open to it but for these. */
  readonly ipv6Except?: readonly string[];
  /** Absent: no rule of the service names any. */
  readonly names?: EdgeNames;
  readonly published: readonly PublishedPort[];
}
export type PublishedPort = { readonly protocol: Protocol; readonly target: number } & (
  | { readonly mode: 'ingress'; readonly published: number }
  /** Without a number: each node's engine chooses one for each task. */
  | { readonly mode: 'host'; readonly published?: number }
);
/** What a service may reach outside by DNS name: its node's resolver knows the addresses. */
export interface EdgeNames {
  /** In an order of their own; never empty. */
  readonly rules: readonly NameRule[];
  /** Other names are refused. */
  readonly strict?: true;
  /** Asked in place of the node's. */
  readonly resolvers?: readonly string[];
  /** What administrators leave to the service's own rules; absent: everything. */
  readonly within?: readonly EdgeRule[];
}
/** Ports as in {@link EdgeRule}. */
export interface NameRule {
  /** `*.example.com`: every name below. */
  readonly name: string;
  readonly protocol: EdgeRule['protocol'];
  readonly port?: number;
  readonly endPort?: number;
}
export interface EdgeRule {
  /** `0.0.0.0/0` for world. */
  readonly cidr: string;
  readonly except: readonly string[];
  readonly protocol: Protocol | 'icmp' | 'any';
  readonly port?: number;
  readonly endPort?: number;
  /**
   * Of the block's addresses. world: no node's. nodes: nodes' alone. gateway: none of them, but those of the node's
   * own docker_gwbridge. Absent: all, but for nodes' in `0.0.0.0/0`.
   */
  readonly only?: 'world' | 'nodes' | 'gateway';
  /** Passes only because the service is in audit, of which its stance cannot speak: an administrator denies more. */
  readonly wouldDeny?: true;
}

/** Everything a node needs. `tasks` are those that Swarm's managers placed on it. */
export interface NodeSnapshot {
  readonly networks: Readonly<Record<string, NetworkPolicy>>;
  /** Task id → service. */
  readonly tasks: Readonly<Record<string, ServiceKey>>;
  /**
   * By service: every service with a local task or a published port in ingress mode; not those that nothing is said of
   * and that publish nothing.
   */
  readonly edges: Readonly<Record<ServiceKey, EdgePolicy>>;
  /** The Swarm's node addresses: in the cluster, so never `world`. */
  readonly nodeAddresses: readonly string[];
  readonly settings: ClusterSettings;
  /** Of the node's own ports; absent: no policy selects this node. */
  readonly hostFirewall?: HostFirewall;
  readonly underlay: UnderlayNodes;
}

/** Where VXLAN may come from, besides `nodeAddresses`. */
export interface UnderlayNodes {
  /** Every address of every node that tells its own: which one it sends from is its routing's affair. */
  readonly addresses: readonly string[];
  /** Names of nodes that are up, and whose own addresses nobody tells. */
  readonly unknown: readonly string[];
}

/** The cluster as managers see it: the calculator's input, one item a change. */
export type ClusterChange =
  | { readonly kind: 'stack'; readonly stack: StackSettings }
  | { readonly kind: 'stack-removed'; readonly name: string }
  | { readonly kind: 'service'; readonly service: ClusterService }
  | { readonly kind: 'service-removed'; readonly key: ServiceKey }
  | { readonly kind: 'network'; readonly network: NetworkInfo }
  | { readonly kind: 'network-removed'; readonly id: string }
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'endpoint-removed'; readonly network: string; readonly address: string }
  | { readonly kind: 'nodes'; readonly addresses: readonly string[] }
  /** All of them, in any order: they change rarely. */
  | { readonly kind: 'cluster-policies'; readonly policies: readonly ClusterPolicy[] }
  | { readonly kind: 'groups'; readonly groups: readonly CidrGroup[] }
  | { readonly kind: 'settings'; readonly settings: ClusterSettings };

export interface StackSettings {
  readonly name: string;
  readonly labels: Labels;
  readonly annotated: boolean;
  readonly defaults: Readonly<Record<Direction, 'allow' | 'deny'>>;
  readonly mode: Mode;
  readonly dns?: 'strict';
  /** Where its defaults are written, for explanations. */
  readonly origin?: Position;
}

export interface ClusterService {
  readonly key: ServiceKey;
  readonly stack: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly ServicePort[];
  /** The DNS servers that it was given (`dns:`); absent: its nodes' own. */
  readonly resolvers?: readonly string[];
  /** The policies that its own labels carry; each selects this service (see compose-ext's compiled label). */
  readonly policies: readonly Policy[];
  readonly limit?: ServiceLimit;
  /** As its label says; absent: its stack's. */
  readonly mode?: Mode;
  /** An administrator's word on it, its stack or the cluster. */
  readonly administered?: Mode;
}

export interface Endpoint {
  readonly network: string;
  readonly address: string;
  readonly owner: EndpointOwner;
}

/** One network's change, smallest form: apply to a NetworkPolicy with `applyNetworkDelta`. */
export interface NetworkDelta {
  readonly network: string;
  /** Present when the network is new (or must be told whole). */
  readonly whole?: NetworkPolicy;
  readonly removed?: true;
  readonly endpoints?: Readonly<Record<string, EndpointOwner | null>>;
  readonly services?: Readonly<Record<ServiceKey, ServiceStance | null>>;
  readonly allows?: Readonly<Record<string, Allow | null>>;
}

/** Where a verdict came from, for people. */
export interface DecidingRule {
  readonly policy: string;
  /** '' of a cluster policy, which has none. */
  readonly stack: string;
  /** It is a cluster policy's. */
  readonly cluster?: true;
  /** The name of its rule, if that has one. */
  readonly rule?: string;
  readonly direction: Direction;
  readonly origin: Position;
}

/**
 * An allow's ports in the one form that its key and its place in the kernel are both made from: however it is
 * written, what is one entry there has one key. Undefined: every port.
 */
export function allowedRange({
  protocol,
  port,
  endPort = port,
}: Allow): readonly [first: number, last: number] | undefined {
  if (port === undefined || endPort === undefined || protocol === 'any' || protocol === 'icmp')
    return undefined;
  return port <= 0 && endPort >= 65535 ? undefined : [port, Math.max(port, endPort)];
}

export function allowKey(allow: Allow): string {
  const range = allowedRange(allow);
  const ports = range && (range[0] === range[1] ? `:${range[0]}` : `:${range[0]}-${range[1]}`);
  return `${allow.from}>${allow.to}/${allow.protocol}${ports ?? ''}`;
}
