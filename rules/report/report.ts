import type { AdmissionPolicy } from '../../compose-ext/authz/authz-model.ts';
import type { ClusterSettings } from '../../compose-ext/cluster-policy/settings.ts';
import type { Mode } from '../../compose-ext/policy-model.ts';
import type { EvaluatorInput } from '../evaluator.ts';
import type { NetworkInfo } from '../network-policy.ts';
import type { EncryptedNetwork } from '../underlay/judge-encryption.ts';

/** What is known of the cluster when the report is made. Names in it are hostile. */
export interface ReportFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly version: string;
  readonly cluster: EvaluatorInput;
  readonly networks: readonly NetworkInfo[];
  readonly nodes: readonly NodeFacts[];
  readonly settings: ClusterSettings;
  /** Absent: nobody could be asked. */
  readonly admission?: readonly AdmissionPolicy[];
  readonly logs: LogFacts;
  /** Of labels and stored policies: whose, and what. */
  readonly problems: readonly { readonly subject: string; readonly message: string }[];
}

export interface NodeFacts {
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  /** As `swarmwall status` calls it. */
  readonly state: string;
  /** What runs on it is judged by the policy of now. */
  readonly enforced: boolean;
  readonly down: boolean;
  readonly driftRepaired: number;
  readonly hostFirewall?: { readonly state: string; readonly policies: readonly string[] };
  readonly encrypted: readonly Pick<EncryptedNetwork, 'name' | 'state' | 'missing' | 'peers'>[];
  /** Absent: its agent does not tell. */
  readonly verdictLog?: {
    readonly days: number;
    readonly megabytes: number;
    readonly syslog?: string;
  };
}

export interface LogFacts {
  /** Absent: no controller told. */
  readonly auditDays?: number;
  readonly auditMegabytes?: number;
  readonly auditSyslog?: string;
}

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly severity: Severity;
  /** Stable. */
  readonly code: string;
  /** What it is about: `stack shop`, `node n1`. */
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}

/** What restricts one direction of a service. */
export interface SideReport {
  /** deny: only what is allowed passes. audit: it would, were it enforced. open: nothing restricts it. */
  readonly stance: 'deny' | 'audit' | 'open';
  /** Policies that isolate it, `default of the stack`, and cluster policies that select it. */
  readonly by: readonly string[];
  /** How many rules allow something. */
  readonly allows: number;
}

export interface ServiceReport {
  readonly service: string;
  readonly ingress: SideReport;
  readonly egress: SideReport;
  /** `8080/tcp`. */
  readonly published: readonly string[];
}

export interface StackReport {
  readonly name: string;
  readonly annotated: boolean;
  readonly mode: Mode;
  readonly defaults: Readonly<Record<'ingress' | 'egress', 'allow' | 'deny'>>;
  readonly services: readonly ServiceReport[];
}

export interface NetworkReport {
  readonly name: string;
  /**
   * verified: each node that has it says so, and there are such. broken: one says that it is not. idle: meant to be, and
   * nothing crosses nodes. untold: meant to be, and no node says anything. plain: not meant to be.
   */
  readonly encryption: 'verified' | 'broken' | 'idle' | 'untold' | 'plain';
  readonly missing: readonly string[];
}

/** What `swarmwall report --json` prints. */
export interface Report {
  readonly kind: 'SwarmwallReport';
  readonly formatVersion: 1;
  /** ISO 8601. */
  readonly at: string;
  readonly version: string;
  readonly summary: {
    readonly services: number;
    readonly ingressDenied: number;
    readonly egressDenied: number;
    readonly nodes: number;
    readonly nodesEnforced: number;
    readonly findings: Readonly<Record<Severity, number>>;
  };
  readonly findings: readonly Finding[];
  readonly stacks: readonly StackReport[];
  readonly clusterPolicies: readonly {
    readonly name: string;
    readonly tier: string;
    readonly priority: number;
  }[];
  readonly networks: readonly NetworkReport[];
  readonly nodes: readonly Omit<NodeFacts, 'encrypted'>[];
  readonly settings: ClusterSettings;
  /** null: nobody could be asked. */
  readonly admission: readonly Pick<AdmissionPolicy, 'name' | 'level' | 'mode' | 'match' | 'exempt'>[] | null;
  readonly logs: LogFacts;
}
