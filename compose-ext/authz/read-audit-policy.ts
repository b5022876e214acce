import type { ObjectContext } from '../kubernetes/manifest.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { AuditLevel, AuditPolicy, AuditRule } from './authz-model.ts';
import { readWords, textsAt } from './read-words.ts';
import { auditPolicySchema } from './role-schema.ts';

/** `kind: AuditPolicy`. With mistakes, what is returned is not whole. */
export function readAuditPolicy(tree: Tree, context: ObjectContext): AuditPolicy {
  checkSchema(tree, auditPolicySchema, context.source, context.report);
  return {
    name: textOf(get(tree, 'name')) ?? '',
    rules: itemsOf(get(tree, 'rules')).map((rule) => readRule(rule, context)),
    origin: context.source.at(tree.offset),
  };
}

function readRule(tree: Tree, context: ObjectContext): AuditRule {
  const { verbs, resources } = readWords(tree, context);
  const [users, stacks] = [textsAt(tree, 'users'), textsAt(tree, 'stacks')];
  return {
    level: (textOf(get(tree, 'level')) ?? 'Metadata') as AuditLevel,
    ...(users && { users }),
    ...(verbs && { verbs }),
    ...(resources && { resources }),
    ...(stacks && { stacks }),
  };
}
