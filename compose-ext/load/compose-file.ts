import type { Position } from '../diagnostic.ts';
import type { Labels, Mode, ServiceLimit, ServicePort, StackModel } from '../policy-model.ts';
import type { ParsedLabel } from '../label/label-grammar.ts';
import type { Direction, Peer, Policy, Selector } from '../policy-model.ts';

/** What a Compose file says that concerns the network; plain data. */
export interface ComposeFile {
  /** The first, when the stack has several. */
  readonly file: string;
  /** For `compile`: the file's own text, or that of all files merged into the first. */
  readonly text: string;
  readonly stack: string;
  readonly stackOrigin: Position;
  /** Of the key `name` or `x-name`, when it names the stack. */
  readonly nameOrigin?: Position;
  /** False: it has errors, and what follows may be incomplete. */
  readonly sound: boolean;
  /** Any swarmwall label or x-swarmwall. */
  readonly annotated: boolean;
  readonly services: readonly ComposeService[];
  /** Services that no active profile takes in. */
  readonly inactive: readonly string[];
  readonly networks: readonly ComposeNetwork[];
  readonly settings: ComposeSettings;
  readonly limits: readonly StackLimit[];
  /** x-swarmwall's; those of the labels are in `services`. */
  readonly policies: readonly Policy[];
  /** The peers in them, each where it is written. */
  readonly references: readonly PeerReference[];
  /** x-swarmwall's `lint`. */
  readonly lintLevels: readonly LintLevel[];
}

export interface LintLevel {
  readonly rule: string;
  readonly level: 'off' | 'warning' | 'error';
  readonly origin: Position;
}

export interface PeerReference {
  readonly peer: Peer;
  readonly origin: Position;
}

/** Of `x-swarmwall.limits`. */
export interface StackLimit {
  readonly services: Selector;
  readonly limit: ServiceLimit;
}

export interface ComposeService {
  readonly name: string;
  readonly origin: Position;
  /** Both kinds joined, `deploy.labels` first; swarmwall.* left out. */
  readonly labels: Labels;
  /** Those that only plain `labels` has: a Swarm manager does not see them. */
  readonly containerLabels: Labels;
  readonly ports: readonly ServicePort[];
  /** Every published port, also those whose number is a variable. */
  readonly publishes: boolean;
  /** False: the number of some port is a variable without a value. */
  readonly portsKnown: boolean;
  readonly networks: readonly ServiceNetwork[];
  /** Absent: not written. */
  readonly replicas?: number;
  /** `deploy.mode: global`. */
  readonly global: boolean;
  /** `network_mode: host` and the like. */
  readonly networkMode?: string;
  readonly annotations: Partial<Readonly<Record<Direction, Annotation>>>;
  readonly limit?: ServiceLimit;
  /** Absent: its stack's. */
  readonly mode?: Mode;
  /** It has an x-swarmwall of its own. */
  readonly extended?: true;
  /** The text of a generated `swarmwall.compiled`, when the file is an output of `compile`. */
  readonly compiled?: string;
  readonly runtime: ServiceRuntime;
}

/** A value as it stands in the file. */
export interface RuntimeText {
  readonly value: string;
  /** No variable is in it. */
  readonly literal: boolean;
  readonly origin: Position;
}

export interface ServiceRuntime {
  readonly image?: RuntimeText;
  /** It has `build`, so that `image` is a name for the result. */
  readonly built: boolean;
  readonly options: Partial<
    Readonly<Record<'privileged' | 'network_mode' | 'pid' | 'ipc' | 'uts' | 'userns_mode', RuntimeText>>
  >;
  readonly capabilities: readonly RuntimeText[];
  /** What is mounted: a path of the host, or the name of a volume. */
  readonly mounts: readonly RuntimeText[];
  /** Variables that have a value here. */
  readonly environment: readonly (readonly [name: string, value: RuntimeText])[];
}

/** One `swarmwall.ingress` or `swarmwall.egress`. */
export interface Annotation {
  readonly text: string;
  readonly parsed: ParsedLabel;
  readonly origin: Position;
  readonly entryOrigins: readonly Position[];
  readonly in: 'labels' | 'deploy.labels';
  /** No variable is in it. */
  readonly literal: boolean;
}

export interface ServiceNetwork {
  readonly name: string;
  /** As they are written, with their variables. */
  readonly aliases: readonly string[];
  /** Everything else that is written for it: `ipv4_address`, `priority`, … */
  readonly options: readonly string[];
  readonly origin: Position;
}

export interface ComposeNetwork {
  readonly name: string;
  /** As Docker will know it, when the file says so. */
  readonly realName?: string;
  readonly external: boolean;
  readonly internal: boolean;
  readonly encrypted: boolean;
  /** One of ours, written by `compile`. */
  readonly segment: boolean;
  readonly origin: Position;
}

export interface ComposeSettings extends Pick<
  StackModel,
  'labels' | 'defaults' | 'mode' | 'dns' | 'encrypted' | 'isolation'
> {
  /** The stack has no label `name` but one that is written. */
  readonly nameLabel?: false;
}
