import type { ObjectContext } from '../kubernetes/manifest.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { Role, RoleRule } from './authz-model.ts';
import { BUILT_IN_ROLES } from './built-in-roles.ts';
import { readWords, textsAt } from './read-words.ts';
import { clusterRoleSchema, roleSchema } from './role-schema.ts';

/** `kind: Role` or `ClusterRole`. All its mistakes are in the report; with any, what is returned is not whole. */
export function readRole(kind: 'Role' | 'ClusterRole', tree: Tree, context: ObjectContext): Role {
  const { source, report } = context;
  checkSchema(tree, kind === 'Role' ? roleSchema : clusterRoleSchema, source, report);
  const written = get(tree, 'name');
  const name = textOf(written) ?? '';
  if (written !== undefined && BUILT_IN_ROLES.some((each) => each.name === name))
    report.error(
      'built-in-role',
      source.at(written.offset),
      `"${name}" is the name of a built-in role, which cannot be changed`,
      'Store yours under another name, and bind that.',
    );
  const stack = kind === 'Role' ? textOf(get(tree, 'stack')) : undefined;
  return {
    name,
    ...(stack && { stack }),
    rules: itemsOf(get(tree, 'rules')).map((rule) => readRule(rule, context)),
    origin: source.at(tree.offset),
  };
}

function readRule(tree: Tree, context: ObjectContext): RoleRule {
  const { verbs = [], resources = [] } = readWords(tree, context);
  const resourceNames = textsAt(tree, 'resourceNames');
  return { verbs, resources, ...(resourceNames && { resourceNames }) };
}
