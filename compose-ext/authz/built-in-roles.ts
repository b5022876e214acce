import type { Role, RoleRule } from './authz-model.ts';

const READ = ['get', 'list'] as const;

/** No secret's data is in what the API tells of one; join tokens are in `swarm`, files in `containers/archive`. */
const view: readonly RoleRule[] = [
  {
    verbs: READ,
    resources: [
      ...['containers', 'containers/changes', 'containers/logs', 'containers/stats', 'containers/top'],
      ...[
        'images',
        'images/history',
        'networks',
        'volumes',
        'services',
        'services/logs',
        'tasks',
        'tasks/logs',
      ],
      ...['nodes', 'secrets', 'configs', 'plugins', 'distribution'],
      ...['system/info', 'system/version', 'system/ping', 'system/df'],
    ],
  },
  { verbs: ['watch'], resources: ['system/events'] },
  { verbs: ['search'], resources: ['images'] },
];

const edit: readonly RoleRule[] = [
  ...view,
  {
    verbs: ['*'],
    resources: [
      ...['containers', 'containers/*', 'services', 'networks', 'volumes', 'secrets', 'configs'],
      ...['images', 'build', 'session', 'system/auth'],
    ],
  },
];

const stackAdmin: readonly RoleRule[] = [
  ...edit,
  { verbs: ['update'], resources: ['policies', 'segments'] },
  { verbs: ['join'], resources: ['segments'] },
];

/** To take the plugin itself away, or to change it, is a call about plugins as well. */
const breakGlass: readonly RoleRule[] = [
  { verbs: ['use'], resources: ['breakglass'] },
  { verbs: [...READ, 'enable', 'disable', 'set', 'upgrade', 'delete'], resources: ['plugins'] },
];

const everything: readonly RoleRule[] = [{ verbs: ['*'], resources: ['*'] }];

function builtIn(name: string, rules: readonly RoleRule[]): Role {
  return { name, rules, origin: { file: 'built-in', line: 0, column: 0 } };
}

/** ClusterRoles that are there without being stored. `*` leaves `breakglass` out. */
export const BUILT_IN_ROLES: readonly Role[] = [
  builtIn('cluster-admin', everything),
  builtIn('break-glass', breakGlass),
  builtIn('view', view),
  builtIn('edit', edit),
  builtIn('stack-admin', stackAdmin),
  // The docker command line can say nothing without these: they are everybody's.
  builtIn('everybody', [{ verbs: ['get'], resources: ['system/ping', 'system/version'] }]),
];

export function isBuiltIn(role: Role): boolean {
  return BUILT_IN_ROLES.includes(role);
}
