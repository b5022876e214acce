import type { HostFirewall } from '../rules/host-firewall/host-firewall.ts';
import type {
  EdgePolicy,
  NetworkDelta,
  NetworkInfo,
  NodeSnapshot,
  UnderlayNodes,
} from '../rules/network-policy.ts';
import type { AuthzDocuments } from './policy-store/authz-documents.ts';
import type { ClusterSettings } from '../compose-ext/index.ts';
import type { EncryptedNetwork } from '../rules/underlay/judge-encryption.ts';
import type { ServiceKey } from '../compose-ext/policy-model.ts';
import type { FlowLosses } from '../rules/flows/flow-losses.ts';
import type { FlowQuery, FlowRecord } from '../rules/flows/flow-record.ts';

/**
 * Agent ↔ controller: JSON lines over mutual TLS with the Swarm's own node certificates. One agent holds a
 * connection to every manager: it reports to all of them and takes policy from one.
 * A line is at most MAX_LINE_BYTES; a peer that sends a longer or an invalid one is disconnected.
 */
export const DEFAULT_CONTROLLER_PORT = 7948;
export const MAX_LINE_BYTES = 64 * 1024 * 1024;
export const PROTOCOL_VERSION = 11;

export type AgentMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly version: string;
      readonly hostname: string;
      readonly engine: string;
    }
  /** Sends policy from now on: a snapshot, then deltas. Only one controller is subscribed to at a time. */
  | { readonly type: 'subscribe' }
  /** Everything local, whole; again on each change. The controller believes a task only if Swarm placed it on this node. */
  | { readonly type: 'report'; readonly report: NodeReport }
  /** A container is being made here of a task that the agent has no word on: Swarm itself tells managers nothing of tasks. */
  | { readonly type: 'starting' }
  | FlowBatch
  | FlowHistory
  | { readonly type: 'pong'; readonly n: number };

/** To every manager, as they come; only FLOW_BATCHES_AHEAD of them go before one is taken. */
export interface FlowBatch {
  readonly type: 'flows';
  readonly batch: number;
  /** At most MAX_FLOWS. */
  readonly flows: readonly FlowRecord[];
  /** Records that this manager never gets: it took the others too slowly. Since the connection began. */
  readonly dropped: number;
  /** Before they were records. */
  readonly losses: FlowLosses;
}

/** A part of the answer to a `flow-query`, oldest first. */
export interface FlowHistory {
  readonly type: 'flow-history';
  readonly id: number;
  /** At most MAX_FLOWS. */
  readonly flows: readonly FlowRecord[];
  /** The last part. */
  readonly done: boolean;
  /** Of the last part: why there is not all that was asked for. */
  readonly error?: string;
}

export const MAX_FLOWS = 1_000;
export const FLOW_BATCHES_AHEAD = 8;

export type ControllerMessage =
  | { readonly type: 'welcome'; readonly protocol: number; readonly node: string }
  | { readonly type: 'snapshot'; readonly revision: number; readonly policy: NodeSnapshot }
  | {
      readonly type: 'delta';
      readonly revision: number;
      readonly networks: readonly NetworkDelta[];
      readonly tasks?: Readonly<Record<string, ServiceKey | null>>;
      readonly edges?: Readonly<Record<ServiceKey, EdgePolicy | null>>;
      readonly nodeAddresses?: readonly string[];
      readonly settings?: ClusterSettings;
      /** null: no policy selects the node any more. */
      readonly hostFirewall?: HostFirewall | null;
      readonly underlay?: UnderlayNodes;
    }
  /** What is stored about the Docker API, whole: before the first snapshot, and again when it changes. */
  | ({ readonly type: 'authz' } & AuthzDocuments)
  | FlowCall
  | { readonly type: 'ping'; readonly n: number };

/** Any manager may call, whoever the agent's policy is from. */
export type FlowCall =
  | { readonly type: 'flows-taken'; readonly batch: number }
  /** From the node's verdict log; `query.limit` is always there. */
  | { readonly type: 'flow-query'; readonly id: number; readonly query: FlowQuery };

export interface NodeReport {
  /** Overlay networks with a namespace here. */
  readonly networks: readonly LocalNetwork[];
  /** The node's own, IPv4 and IPv6: any of them may be the source of its VXLAN. */
  readonly addresses: readonly string[];
  readonly health: AgentHealth;
}

export interface LocalNetwork {
  readonly network: NetworkInfo;
  /** This node's load-balancer address on it; absent until known. */
  readonly loadBalancer?: string;
  readonly endpoints: readonly {
    readonly address: string;
    readonly container: string;
    readonly task?: string;
    /** The kernel lets it send and receive what is allowed; absent: not yet, or nothing guards the network. */
    readonly held?: true;
  }[];
}

export interface AgentHealth {
  /** Of the last policy wholly in the kernel; per controller connection, so compare only with its own. */
  readonly revision: number;
  readonly mode: 'enforcing' | 'degraded';
  /** Of the authorization documents on its disk; absent: it has none, or cannot keep them. */
  readonly authz?: string;
  readonly programs: readonly ProgramHealth[];
  readonly driftRepaired: number;
  readonly lastDrift?: { readonly at: number; readonly what: string };
  readonly lastError?: { readonly at: number; readonly code: string; readonly message: string };
  readonly hostFirewall?: HostFirewallHealth;
  /** Whether the kernel can. */
  readonly encryption: 'available' | 'unavailable' | 'unknown';
  /** Networks meant to be encrypted that are here, and whether they are. */
  readonly encrypted: readonly EncryptedNetwork[];
  /** How long this node keeps its verdict log, and how much of it at most; absent: an earlier version. */
  readonly verdictLog?: VerdictLogLimits;
  /** Why no flow of this node is recorded, while its rules are in force; absent: they are recorded. */
  readonly noFlows?: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export interface VerdictLogLimits {
  readonly days: number;
  readonly megabytes: number;
  /** Where its lines go besides. */
  readonly syslog?: string;
}

/** What guards the node's own ports now. */
export interface HostFirewallHealth {
  readonly state: 'confirmed' | 'trial' | 'rolled-back';
  /** Those in force on this node. */
  readonly policies: readonly string[];
  /** Of a trial: the policies that it is about, if there are any. */
  readonly tried?: readonly string[];
  /** Of a trial, in milliseconds since 1970: when it ends, or ended. */
  readonly until?: number;
}

export interface ProgramHealth {
  /** `DOCKER-USER` or the network's name. */
  readonly name: string;
  readonly network?: string;
  readonly state: 'applied' | 'pending' | 'failed';
  readonly entries: number;
  readonly denied: number;
  readonly wouldDeny: number;
  /** What a person should know of it. */
  readonly notes?: readonly string[];
}
