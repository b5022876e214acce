import type { Position } from '../diagnostic.ts';
import type { ObjectContext } from '../kubernetes/manifest.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { RoleBinding, Subject } from './authz-model.ts';
import { clusterRoleBindingSchema, roleBindingSchema } from './role-schema.ts';

export interface ReadBinding {
  readonly binding: RoleBinding;
  /** Where the role's name is written. */
  readonly roleAt: Position;
}

/** `kind: RoleBinding` or `ClusterRoleBinding`. With mistakes, what is returned is not whole. */
export function readBinding(
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  tree: Tree,
  { source, report }: ObjectContext,
): ReadBinding {
  checkSchema(tree, kind === 'RoleBinding' ? roleBindingSchema : clusterRoleBindingSchema, source, report);
  const stack = kind === 'RoleBinding' ? textOf(get(tree, 'stack')) : undefined;
  const role = get(tree, 'role');
  const binding: RoleBinding = {
    name: textOf(get(tree, 'name')) ?? '',
    ...(stack && { stack }),
    role: {
      kind: textOf(get(role, 'kind')) === 'Role' ? 'Role' : 'ClusterRole',
      name: textOf(get(role, 'name')) ?? '',
    },
    subjects: itemsOf(get(tree, 'subjects')).flatMap(readSubject),
    origin: source.at(tree.offset),
  };
  return { binding, roleAt: source.at((get(role, 'name') ?? role ?? tree).offset) };
}

function readSubject(tree: Tree): readonly Subject[] {
  const [kind, name, pattern] = ['kind', 'name', 'pattern'].map((key) => textOf(get(tree, key)));
  if (kind === 'User') return name ? [{ kind, name }] : [];
  if (kind === 'Group') return pattern ? [{ kind, pattern }] : [];
  return kind === 'LocalSocket' ? [{ kind }] : [];
}
