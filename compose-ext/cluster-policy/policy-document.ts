import type { Position } from '../diagnostic.ts';
import type { CidrGroup, ClusterPolicy, Peer } from '../policy-model.ts';

/** One policy or group as it is written and stored. Policies and groups share their names: no two are called alike. */
export type PolicyDocument = PolicyObject & {
  readonly name: string;
  /** YAML or JSON of this document alone; it reads back as the same object. */
  readonly text: string;
  readonly origin: Position;
};

export type PolicyObject =
  | {
      readonly kind: 'policy';
      readonly policy: ClusterPolicy;
      readonly groups: readonly GroupReference[];
    }
  | { readonly kind: 'group'; readonly group: CidrGroup };

/** A policy's mention of a group. */
export interface GroupReference {
  readonly name: string;
  readonly origin: Position;
}

/** The groups that peers speak of, each where its peer is written. */
export function groupReferences(
  peers: readonly { readonly peer: Peer; readonly origin: Position }[],
): readonly GroupReference[] {
  return peers.flatMap(({ peer, origin }) => (peer.kind === 'group' ? [{ name: peer.group, origin }] : []));
}
