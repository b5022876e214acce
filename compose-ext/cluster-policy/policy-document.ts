import type { AuthzObject } from '../authz/authz-document.ts';
import type { Position } from '../diagnostic.ts';
import type { NodePolicy } from '../node-policy/node-policy-model.ts';
import type { CidrGroup, ClusterPolicy, Peer } from '../policy-model.ts';
import type { WrittenSettings } from './cluster-settings.ts';

/** One document as it is written and stored. All kinds share their names: no two are called alike. */
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
  | { readonly kind: 'group'; readonly group: CidrGroup }
  | { readonly kind: 'settings'; readonly settings: WrittenSettings }
  | { readonly kind: 'node'; readonly node: NodePolicy; readonly groups: readonly GroupReference[] }
  | AuthzObject;

/** What is written as `kind`, our own word for Kubernetes' ClusterNetworkPolicy. */
export function writtenKind(object: PolicyObject): string {
  switch (object.kind) {
    case 'policy':
      return 'ClusterPolicy';
    case 'group':
      return 'CIDRGroup';
    case 'settings':
      return 'ClusterSettings';
    case 'node':
      return 'NodePolicy';
    case 'role':
      return object.role.stack === undefined ? 'ClusterRole' : 'Role';
    case 'binding':
      return object.binding.stack === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
    case 'admission':
      return 'AdmissionPolicy';
    case 'audit':
      return 'AuditPolicy';
  }
}

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
