import type { AuthzPolicy } from '../../../compose-ext/authz/authz-model.ts';

const origin = { file: 'built-in', line: 0, column: 0 };

/**
 * What holds when the stored policy cannot be read: the local socket reads, and may take the plugin away; nobody else may
 * do anything.
 */
export const FAIL_CLOSED: AuthzPolicy = {
  roles: [
    { name: 'built-in:read-only', rules: [{ verbs: ['get', 'list', 'watch'], resources: ['*'] }], origin },
  ],
  bindings: ['built-in:read-only', 'break-glass'].map((name) => ({
    name: `built-in:fail-closed:${name}`,
    role: { kind: 'ClusterRole', name },
    subjects: [{ kind: 'LocalSocket' }],
    origin,
  })),
  admission: [],
  audit: [],
};
