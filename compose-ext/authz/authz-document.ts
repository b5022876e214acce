import type { Position } from '../diagnostic.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { AdmissionPolicy, AuditPolicy, Role, RoleBinding } from './authz-model.ts';
import { readAdmissionPolicy } from './read-admission-policy.ts';
import { readAuditPolicy } from './read-audit-policy.ts';
import { readBinding } from './read-binding.ts';
import { readRole } from './read-role.ts';

/** One document about the Docker API. */
export type AuthzObject =
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'binding'; readonly binding: RoleBinding; readonly roleAt: Position }
  | { readonly kind: 'admission'; readonly admission: AdmissionPolicy }
  | { readonly kind: 'audit'; readonly audit: AuditPolicy };

/** As they are written. */
export const AUTHZ_KINDS = [
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'AdmissionPolicy',
  'AuditPolicy',
] as const;
export type AuthzKind = (typeof AUTHZ_KINDS)[number];

export function isAuthzKind(kind: string): kind is AuthzKind {
  return (AUTHZ_KINDS as readonly string[]).includes(kind);
}

export function readAuthzObject(kind: AuthzKind, tree: Tree, context: ObjectContext): AuthzObject {
  switch (kind) {
    case 'Role':
    case 'ClusterRole':
      return { kind: 'role', role: readRole(kind, tree, context) };
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return { kind: 'binding', ...readBinding(kind, tree, context) };
    case 'AdmissionPolicy':
      return { kind: 'admission', admission: readAdmissionPolicy(tree, context) };
    case 'AuditPolicy':
      return { kind: 'audit', audit: readAuditPolicy(tree, context) };
  }
}

export function namedObject(object: AuthzObject): { readonly name: string; readonly origin: Position } {
  switch (object.kind) {
    case 'role':
      return object.role;
    case 'binding':
      return object.binding;
    case 'admission':
      return object.admission;
    case 'audit':
      return object.audit;
  }
}
