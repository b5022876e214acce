import type { PolicyDocument } from '../cluster-policy/policy-document.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { suggest } from '../nearest.ts';
import { createReport, sortDiagnostics } from '../report.ts';
import type { Role } from './authz-model.ts';
import { BUILT_IN_ROLES } from './built-in-roles.ts';

/** Bindings to roles that are not among `all`: they would grant nothing. */
export function checkBindings(
  documents: readonly PolicyDocument[],
  all: readonly PolicyDocument[],
): readonly Diagnostic[] {
  const report = createReport();
  const roles = [...BUILT_IN_ROLES, ...all.flatMap((each) => (each.kind === 'role' ? each.role : []))];
  for (const document of documents) {
    if (document.kind !== 'binding') continue;
    const { role, stack } = document.binding;
    const wanted = role.kind === 'Role' ? stack : undefined;
    if (role.name === '' || roles.some((each) => each.name === role.name && each.stack === wanted)) continue;
    const what = wanted === undefined ? 'ClusterRole' : `Role of stack "${wanted}"`;
    report.error(
      'unknown-role',
      document.roleAt,
      `there is no ${what} called "${role.name}"`,
      hintFor(role.name, wanted, roles),
    );
  }
  return sortDiagnostics(report.diagnostics);
}

function hintFor(name: string, wanted: string | undefined, roles: readonly Role[]): string {
  const other = roles.find((each) => each.name === name);
  if (other !== undefined)
    return other.stack === undefined
      ? 'It is a ClusterRole: write kind: ClusterRole.'
      : `It is a Role of stack "${other.stack}".`;
  const known = roles.filter(({ stack }) => stack === wanted).map((each) => each.name);
  return suggest(name, known, 'Apply it first, or in the same command.');
}
