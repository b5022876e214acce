import type { Encryption } from '../../kernel/encryption.ts';
import type { GuardFacts, PluginState } from '../node-step.ts';

/** What this node is like, as far as it could be found out; undefined: it could not. */
export interface DoctorFacts {
  /** `28.5.2+dfsg4` */
  readonly engine: string;
  readonly firewall: 'iptables' | 'nftables';
  readonly liveRestore: boolean;
  readonly rootless: boolean;
  /** dockerd's own list: flags and daemon.json together. */
  readonly hosts: readonly string[];
  readonly tlsVerify: boolean;
  readonly iptables: boolean;
  readonly userlandProxy: boolean;
  readonly swarm: 'manager' | 'worker' | 'none';
  /** Of the engine's socket: who may ask it without a name. */
  readonly dockerGroup: readonly string[];
  readonly plugin: PluginState;
  readonly listed: boolean | undefined;
  readonly asked: boolean;
  readonly guard: GuardFacts;
  /** By the agent on this node; undefined: none answers. */
  readonly agent:
    | {
        readonly mode: string;
        readonly lastError?: string;
        /** Networks meant to be encrypted that are not: what is missing. */
        readonly unencrypted: readonly { readonly network: string; readonly missing: readonly string[] }[];
        /** Why no flow of this node is recorded. */
        readonly noFlows?: string;
        /** What its programs want to be known. */
        readonly notes: readonly string[];
      }
    | undefined;
  /** Host names of managers in the Swarm whose agent is not connected; only a controller knows. */
  readonly managersWithout: readonly string[];
  /** Of /proc/sys/net/bridge/bridge-nf-call-iptables; undefined: br_netfilter is not there. */
  readonly bridgeCallsIptables: boolean | undefined;
  readonly encryption: Encryption;
  /** Variants of iptables in which Docker's chains are. */
  readonly variants: readonly ('nft' | 'legacy')[];
  readonly dockerUser: boolean | undefined;
  /** Overlay networks that are neither encrypted nor the ingress network. */
  readonly plainOverlays: readonly string[];
}
