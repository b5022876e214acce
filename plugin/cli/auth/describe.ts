import type { Position, Role, RoleBinding } from '../../../compose-ext/index.ts';
import { isBuiltIn } from '../../../compose-ext/authz/built-in-roles.ts';
import type { Requester } from '../../../rules/authz/api-request.ts';
import type { Grant, Question } from '../../../rules/authz/roles/find-grant.ts';
import { printable } from '../style.ts';

/** `file:line`, or `built-in`. */
export function placeOf({ file, line }: Position): string {
  return line === 0 ? file : `${file}:${line}`;
}

export function describeRequester(requester: Requester): string {
  return requester.kind === 'socket' ? 'the local socket' : `"${printable(requester.name)}"`;
}

export function describeRole(role: Role): string {
  const kind = role.stack === undefined ? 'ClusterRole' : 'Role';
  return `${kind} ${role.name} (${isBuiltIn(role) ? 'built-in' : placeOf(role.origin)})`;
}

export function describeBinding(binding: RoleBinding): string {
  const where = binding.stack === undefined ? '' : ` in stack ${printable(binding.stack)}`;
  return binding.origin.line === 0
    ? `${binding.name}${where}`
    : `${binding.name} (${placeOf(binding.origin)})${where}`;
}

export function describeGrant({ binding, role, rule }: Grant): string {
  return `binding ${describeBinding(binding)}, rule ${rule + 1} of ${describeRole(role)}`;
}

export function describeQuestion({ verb, resource, name, stack }: Question): string {
  const thing = name === undefined ? '' : ` "${printable(name)}"`;
  return `${verb} ${resource}${thing}${stack === undefined ? '' : ` in stack ${printable(stack)}`}`;
}

/** `--json`. */
export function grantJson({ binding, role, rule }: Grant): object {
  return {
    binding: { name: binding.name, stack: binding.stack, origin: binding.origin },
    role: { name: role.name, stack: role.stack, origin: role.origin },
    rule,
  };
}

export function requesterJson(requester: Requester): string {
  return requester.kind === 'socket' ? '@socket' : requester.name;
}
