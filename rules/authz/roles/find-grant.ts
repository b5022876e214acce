import type { AuthzPolicy, Role, RoleBinding, RoleRule } from '../../../compose-ext/authz/authz-model.ts';
import { BUILT_IN_ROLES } from '../../../compose-ext/authz/built-in-roles.ts';
import { ANY, BREAK_GLASS } from '../../../compose-ext/authz/words.ts';
import type { Requester } from '../api-request.ts';
import { matchesWord } from '../match-word.ts';
import { effectiveBindings } from './effective-bindings.ts';

/** May somebody do this, to this thing of this stack? Without name or stack: to anything, anywhere. */
export interface Question {
  readonly verb: string;
  readonly resource: string;
  readonly name?: string;
  readonly stack?: string;
}

/** Why somebody may. */
export interface Grant {
  readonly binding: RoleBinding;
  readonly role: Role;
  /** Of `role.rules`. */
  readonly rule: number;
}

export type RolesAndBindings = Pick<AuthzPolicy, 'roles' | 'bindings'>;

/** They tell of no stack, and the tools of a stack's own people need them: a stack's binding grants them, too. */
const OF_EVERY_STACK: readonly string[] = ['system/info', 'distribution'];

/** Allows add up, so any one will do: the first by the binding's name. Undefined: nothing allows it. */
export function findGrant(
  policy: RolesAndBindings,
  requester: Requester,
  question: Question,
): Grant | undefined {
  return firstGrant(policy, requester, question, (binding) => isThere(binding, question));
}

/** In whatever stack. */
export function findGrantSomewhere(
  policy: RolesAndBindings,
  requester: Requester,
  question: Question,
): Grant | undefined {
  return firstGrant(policy, requester, question, () => true);
}

function firstGrant(
  policy: RolesAndBindings,
  requester: Requester,
  question: Question,
  counts: (binding: RoleBinding) => boolean,
): Grant | undefined {
  for (const { binding, role } of rolesOf(policy, requester)) {
    if (role === undefined || !counts(binding)) continue;
    const rule = role.rules.findIndex((each) => covers(each, question));
    if (rule !== -1) return { binding, role, rule };
  }
  return undefined;
}

/** What somebody is bound to. Without `role`: there is no such role, so it grants nothing. */
export interface BoundRole {
  readonly binding: RoleBinding;
  readonly role: Role | undefined;
}

export function rolesOf(policy: RolesAndBindings, requester: Requester): readonly BoundRole[] {
  return effectiveBindings(policy)
    .filter((binding) => isBound(binding, requester))
    .map((binding) => ({ binding, role: roleOf(policy, binding) }));
}

function isBound({ subjects }: RoleBinding, requester: Requester): boolean {
  return subjects.some((subject) => {
    if (subject.kind === 'LocalSocket') return requester.kind === 'socket';
    if (requester.kind === 'socket') return false;
    return subject.kind === 'User'
      ? subject.name === requester.name
      : matchesWord(subject.pattern, requester.name);
  });
}

/** Built-in roles cannot be stored over. */
export function roleOf({ roles }: RolesAndBindings, { role, stack }: RoleBinding): Role | undefined {
  const wanted = role.kind === 'Role' ? stack : undefined;
  if (role.kind === 'Role' && stack === undefined) return undefined;
  const builtIn = wanted === undefined ? BUILT_IN_ROLES.find(({ name }) => name === role.name) : undefined;
  return builtIn ?? roles.find((each) => each.name === role.name && each.stack === wanted);
}

function isThere({ stack }: RoleBinding, question: Question): boolean {
  return stack === undefined || stack === question.stack || OF_EVERY_STACK.includes(question.resource);
}

export function covers(rule: RoleRule, { verb, resource, name }: Question): boolean {
  return (
    rule.verbs.some((each) => each === ANY || each === verb) &&
    rule.resources.some((each) => coversResource(each, resource)) &&
    (rule.resourceNames === undefined ||
      (name !== undefined && rule.resourceNames.some((pattern) => matchesWord(pattern, name))))
  );
}

function coversResource(said: string, resource: string): boolean {
  if (said === ANY) return resource !== BREAK_GLASS;
  if (said.endsWith('/*')) return resource.startsWith(said.slice(0, -1));
  return said === resource;
}
