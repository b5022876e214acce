import type { ClusterSettings } from '../../compose-ext/index.ts';
import type { CidrGroup, ClusterPolicy, ServiceKey } from '../../compose-ext/policy-model.ts';
import type { PolicyProblem } from '../policy-store/stored-policies.ts';
import type { AgentHealth } from '../protocol.ts';
import type { Anomaly } from '../../rules/anomalies/anomaly.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { ClusterService, NetworkInfo, StackSettings } from '../../rules/network-policy.ts';

/** The local API: JSON over a unix socket (0600), `agent.sock`, `controller.sock` and `plugin.sock` in the socket folder. */

/** `GET /v1/status` on plugin.sock: the managed plugin's first process. `POST /v1/release` there ends what enforces, and removes its rules. */
export interface PluginStatus {
  readonly role: 'plugin';
  readonly version: string;
  /** Absent outside a Swarm. */
  readonly node?: 'manager' | 'worker';
  /** Nothing enforces here until the plugin is started again. */
  readonly released: boolean;
  readonly children: readonly {
    readonly name: string;
    readonly running: boolean;
    readonly pid?: number;
    readonly restarts: number;
    readonly lastEnd?: string;
  }[];
}

/** `GET /v1/status` on agent.sock. */
export interface AgentStatus {
  readonly role: 'agent';
  readonly version: string;
  readonly hostname: string;
  /** Swarm's node id; absent outside a swarm. */
  readonly node?: string;
  readonly engine?: string;
  /** Docker's own words: `active`, `inactive`, `pending`, `locked`, `error`; `unknown` until Docker answers. */
  readonly swarm: string;
  readonly controllers: readonly ControllerLink[];
  readonly health: AgentHealth;
  /** Absent where no container outside Swarm is annotated. */
  readonly containers?: LocalContainers;
}

/** Annotated projects of Docker Compose, and containers made by hand, as the agent itself judges them. */
export interface LocalContainers {
  /** The annotated ones. */
  readonly projects: readonly string[];
  /** The bridge networks that are guarded for them. */
  readonly networks: readonly string[];
  readonly problems: ClusterModel['problems'];
}

/** `GET /v1/starts` on agent.sock: starts that the guard runtime held, newest first. */
export interface HeldStarts {
  readonly starts: readonly HeldStart[];
}

export interface HeldStart {
  readonly container: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds until it was answered. */
  readonly waited: number;
  /** What came last. */
  readonly waitedFor: readonly string[];
  /** False: it was refused. */
  readonly started: boolean;
  /** What was missing when waiting was over; empty: everything was in place. */
  readonly lacks: readonly string[];
}

export interface ControllerLink {
  /** `host:port`. */
  readonly address: string;
  readonly state: 'connected' | 'connecting' | 'refused';
  /** Policy is taken from this one. */
  readonly subscribed: boolean;
  readonly lastError?: { readonly at: number; readonly code: string; readonly message: string };
}

/** `GET /v1/status` on controller.sock. */
export interface ControllerStatus {
  readonly role: 'controller';
  readonly version: string;
  readonly hostname: string;
  readonly node?: string;
  /** waiting: Docker or Swarm is not there yet, or this node is no manager; `reason` says which. */
  readonly state: 'waiting' | 'serving';
  readonly reason?: string;
  /** The controller's own count of changes; compare a node's `revision` with it. */
  readonly revision: number;
  readonly nodes: readonly NodeStatus[];
  readonly annotatedNetworks: readonly AnnotatedNetwork[];
  readonly clusterPolicies: PolicyStatus;
  /** How long this manager keeps its logs. */
  readonly logs?: {
    readonly auditDays: number;
    readonly auditMegabytes: number;
    readonly auditSyslog?: string;
  };
  readonly lastError?: { readonly at: number; readonly code: string; readonly message: string };
}

/** Cluster policies and CIDR groups as the controller has read them last. */
export interface PolicyStatus {
  /** How many are in force. */
  readonly policies: number;
  readonly groups: number;
  readonly settings: ClusterSettings;
  /** What is stored about the Docker API: compare a node's `authz` with its revision. */
  readonly authz: { readonly revision: string; readonly documents: number };
  /** By name, removed ones included: the version in force. */
  readonly versions: Readonly<Record<string, number>>;
  /** What is stored and cannot be in force, and what in force is not as it seems. */
  readonly problems: readonly PolicyProblem[];
}

export interface NodeStatus {
  readonly id: string;
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  readonly address: string;
  /** connected: its agent is here. missing: Swarm has the node, no agent speaks for it. down: so says Swarm. */
  readonly state: 'connected' | 'missing' | 'down';
  /** Of a missing one. */
  readonly missing?: {
    /** Milliseconds since 1970: when its agent went, or when this controller began, if it has not seen any. */
    readonly since: number;
    /** On how many networks its load balancer is trusted still: what it sends there through VIPs is not judged again. */
    readonly trustedBalancers: number;
  };
  readonly engine?: string;
  /** Version of its agent. */
  readonly version?: string;
  /** Takes its policy from this controller (else from another manager's, and `revision` is that one's). */
  readonly subscribed: boolean;
  /** What the node has in its kernel, and what it should have: equal is up to date. */
  readonly revision: number;
  readonly current: number;
  /** Running tasks on guarded networks whose ports its kernel does not have; absent: none. */
  readonly unheld?: readonly UnheldTask[];
  /** Of the authorization documents on its disk, the same with every manager; absent while missing, or without any. */
  readonly authz?: string;
  /** Absent while missing. */
  readonly health?: AgentHealth;
  /** Of `health.encryption`; `unknown` while missing. */
  readonly encryption: AgentHealth['encryption'];
}

export interface UnheldTask {
  readonly service: ServiceKey;
  /** Its name. */
  readonly network: string;
  readonly address: string;
}

export interface AnnotatedNetwork {
  readonly network: NetworkInfo;
  readonly services: readonly string[];
  readonly endpoints: number;
  readonly allows: number;
  /** Nodes with a namespace of it. */
  readonly nodes: readonly string[];
}

/**
 * `GET /v1/model` on controller.sock: what the evaluator takes, as the cluster stands. On agent.sock: the same of this
 * node's own containers alone, without nodes; nothing in it where none is annotated.
 */
export interface ClusterModel {
  readonly revision: number;
  readonly stacks: readonly StackSettings[];
  readonly services: readonly ClusterService[];
  readonly networks: readonly NetworkInfo[];
  /** In force; their origins are configs: `swarmwall policy show` prints those lines. */
  readonly clusterPolicies: readonly ClusterPolicy[];
  readonly groups: readonly CidrGroup[];
  /** Absent: the well-known ones. */
  readonly metadataAddresses?: readonly string[];
  readonly nodes: readonly Pick<NodeStatus, 'id' | 'hostname' | 'role' | 'state' | 'encryption'>[];
  /** Mistakes in labels of live services: what they say, and whose they are. */
  readonly problems: readonly { readonly service: string; readonly code: string; readonly message: string }[];
}

/** `GET /v1/map` on controller.sock: how the service map is opened. */
export type MapStatus =
  | { readonly state: 'off' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'serving'; readonly url: string; readonly token: string };

/** `GET /v1/denied` on agent.sock: newest last, at most `DENIED_KEPT`. */
export interface DeniedList {
  readonly denied: readonly DeniedFlow[];
}

export interface DeniedFlow {
  /** Milliseconds since 1970, when it was last seen to move. */
  readonly at: number;
  /** limited: allowed, and over the limit of the service. */
  readonly verdict: 'denied' | 'would-deny' | 'limited';
  readonly network: string;
  /** `stack/service`, or the address when nobody is known by it. */
  readonly from: string;
  readonly fromAddress: string;
  readonly to: string;
  readonly toAddress: string;
  /** `tcp`, `udp`, `sctp`, or the protocol's number. */
  readonly protocol: string;
  readonly port: number;
  readonly packets: number;
}

/**
 * `GET /v1/flows` on controller.sock, a line: flows of the whole cluster, oldest first. Parameters are those of FlowQuery (`verdict` may
 * be repeated) and `follow=1`: then it goes on with what is seen, and tells of the past only with `since` or `limit`.
 */
export type FlowLine = FlowRecord | FlowNotice;

/** What the flows beside it are not whole for. */
export interface FlowNotice {
  /** lost: records, or packets before they were any. no-answer: nothing is known of that node's past. cut: not all of it. */
  readonly notice: 'lost' | 'no-answer' | 'cut';
  readonly message: string;
  readonly node?: string;
  readonly count?: number;
}

/** `GET /v1/anomalies` on controller.sock, a line: what was out of the ordinary, oldest first; `since` and `follow=1` as for flows. */
export type AnomalyLine =
  Anomaly | { readonly notice: 'lost'; readonly count: number; readonly message: string };

/** `GET /v1/networks` on agent.sock: the guarded networks here. */
export interface GuardedNetworks {
  readonly networks: readonly GuardedNetwork[];
}

export interface GuardedNetwork {
  readonly network: NetworkInfo;
  /** Path of the namespace file. */
  readonly namespace: string;
  /** default-deny: guarded, and no policy for it yet. */
  readonly state: 'default-deny' | 'enforced' | 'failed';
  readonly endpoints: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly port: string;
    readonly mac: string;
    readonly addresses: readonly string[];
  }[];
}

/** `POST /v1/stop` on either socket: it answers, then ends. */
export interface Stopping {
  readonly stopping: true;
}
