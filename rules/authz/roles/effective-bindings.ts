import type { AuthzPolicy, RoleBinding, Subject } from '../../../compose-ext/authz/authz-model.ts';

const EVERY_USER: Subject = { kind: 'Group', pattern: '*' };
const SOCKET: Subject = { kind: 'LocalSocket' };

function builtIn(role: string, ...subjects: readonly Subject[]): RoleBinding {
  return {
    name: `built-in:${role}`,
    role: { kind: 'ClusterRole', name: role },
    subjects,
    origin: { file: 'built-in', line: 0, column: 0 },
  };
}

const EVERYBODY = builtIn('everybody', EVERY_USER, SOCKET);

/**
 * The stored ones, and those that hold without being stored: with none stored every certificate is an administrator's, as
 * without Swarmwall; the local socket is until a binding speaks of it. By name, so that the order of storing says nothing.
 */
export function effectiveBindings({ bindings }: Pick<AuthzPolicy, 'bindings'>): readonly RoleBinding[] {
  const spokenOf = bindings.some(({ subjects }) => subjects.some(({ kind }) => kind === 'LocalSocket'));
  const admins = [...(bindings.length === 0 ? [EVERY_USER] : []), ...(spokenOf ? [] : [SOCKET])];
  return [
    ...[...bindings].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(admins.length === 0 ? [] : [builtIn('cluster-admin', ...admins)]),
    ...(spokenOf ? [] : [builtIn('break-glass', SOCKET)]),
    EVERYBODY,
  ];
}
