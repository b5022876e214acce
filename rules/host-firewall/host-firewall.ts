import type { NodePort } from '../../compose-ext/index.ts';

/** What a node is told about its own ports. JSON-safe: it travels in the node's snapshot. */
export interface HostFirewall {
  /** As it was confirmed last. Absent: no policy selected the node then. */
  readonly confirmed?: HostPolicy;
  /** What is stored now, when that is something else. */
  readonly trial?: HostTrial;
  /** How nodes talk to one another; open to nodes on every node that a policy selects. */
  readonly swarmPorts: readonly NodePort[];
}

export interface HostTrial {
  /** Of the documents that it is made of: written anew, they are another trial. */
  readonly id: string;
  /** How long it lasts unless it is confirmed. */
  readonly seconds: number;
  /** Absent: no policy selects the node any more. */
  readonly policy?: HostPolicy;
}

/** All policies that select one node, joined. */
export interface HostPolicy {
  /** Names of the policies. */
  readonly policies: readonly string[];
  /** Denies what no rule allows; else only `guarded`. */
  readonly closed: boolean;
  readonly rules: readonly HostRule[];
  /** The ports that some rule names. */
  readonly guarded: readonly NodePort[];
}

/** Its sources may reach its ports. */
export interface HostRule {
  readonly any?: true;
  readonly nodes?: true;
  readonly blocks: readonly { readonly cidr: string; readonly except: readonly string[] }[];
  /** Empty: every port, and every protocol. */
  readonly ports: readonly NodePort[];
}
