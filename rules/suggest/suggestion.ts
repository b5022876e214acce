import type { Direction, LabelEntry, PortMatch, ServiceKey } from '../../compose-ext/index.ts';
import type { ObservedEdge } from './observed-edge.ts';
import type { Doubt } from './weigh-evidence.ts';

/** What to write beside services, and what was seen and is not in it. */
export interface Suggestion {
  readonly sides: readonly SuggestedSide[];
  /** What services of other stacks would have to allow, too. */
  readonly elsewhere: readonly SuggestedSide[];
  readonly leftOut: readonly LeftOut[];
  /** Services of which no flow was seen at all: what they get is a guess. */
  readonly unseen: readonly ServiceKey[];
}

/** One direction of one service. */
export interface SuggestedSide {
  readonly service: ServiceKey;
  readonly direction: Direction;
  /** To be added to those that there are; none, where nothing isolates it yet, isolates it. */
  readonly entries: readonly SuggestedEntry[];
}

export interface SuggestedEntry {
  readonly entry: Pick<LabelEntry, 'peer' | 'ports'>;
  readonly evidence: readonly PortEvidence[];
}

/** Of one port of an entry. */
export interface PortEvidence {
  readonly port: PortMatch;
  /** Connections. */
  readonly flows: number;
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
  readonly nodes: readonly string[];
  /** Of a block or the world: how many addresses were seen. */
  readonly addresses?: number;
}

export type LeftOutReason =
  | Doubt
  /** An entry cannot say it: ICMP and others without ports, names that need a selector. */
  | 'no-entry'
  /** Of the stack, and in none of its files. */
  | 'unknown-service'
  /** A machine's credentials are there: whoever means that writes it himself. */
  | 'metadata'
  /** An administrator denies it, whatever services say. */
  | 'administrator'
  /** It may have passed by a DNS name that is allowed already. */
  | 'by-name';

export interface LeftOut {
  readonly edge: ObservedEdge;
  readonly reason: LeftOutReason;
}
