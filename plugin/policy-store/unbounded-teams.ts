import type { AdmissionPolicy, AuthzPolicy, RoleBinding, Subject } from '../../compose-ext/index.ts';
import { covers, roleOf } from '../../rules/authz/roles/find-grant.ts';
import { matchesWord, SOCKET_WORD } from '../../rules/authz/match-word.ts';

const MAKES = ['containers', 'services'].map((resource) => ({ verb: 'create', resource }));

/**
 * Bindings that let somebody make workloads in one stack, whom no admission policy keeps from asking for the whole node: a
 * stack is no boundary to them.
 */
export function unboundedTeams(policy: AuthzPolicy): readonly RoleBinding[] {
  return policy.bindings.filter(({ stack, subjects, ...binding }) => {
    if (stack === undefined) return false;
    const role = roleOf(policy, { ...binding, stack, subjects });
    const makes = role?.rules.some((rule) => MAKES.some((question) => covers(rule, question))) === true;
    return (
      makes && !subjects.every((subject) => policy.admission.some((each) => bounds(each, stack, subject)))
    );
  });
}

/** Whatever networks and whichever of those that the subject means. */
function bounds({ match, mode, level }: AdmissionPolicy, stack: string, subject: Subject): boolean {
  if (mode !== 'enforce' || level === 'privileged' || match.networks !== undefined) return false;
  const name =
    subject.kind === 'LocalSocket' ? SOCKET_WORD : subject.kind === 'User' ? subject.name : subject.pattern;
  const named = match.users?.some((each) =>
    name === SOCKET_WORD ? each === name : each !== SOCKET_WORD && matchesWord(each, name),
  );
  return named !== false && match.stacks?.some((each) => matchesWord(each, stack)) !== false;
}
