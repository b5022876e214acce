/**
 * What roles speak of: each resource with the verbs that it knows, after Docker's API document (v1.24 to v1.52).
 * As in Kubernetes, a part of a thing is `thing/part`. `rules/authz/decode` says which request is which.
 */
export const WORDS = {
  build: ['create', 'cancel', 'prune'],
  configs: ['list', 'get', 'create', 'update', 'delete', 'use'],
  containers: [
    ...(['list', 'get', 'create', 'update', 'delete', 'prune', 'start', 'stop', 'restart', 'kill'] as const),
    ...(['pause', 'unpause', 'rename', 'resize', 'wait', 'commit', 'use'] as const),
  ],
  'containers/archive': ['get', 'update'],
  'containers/attach': ['create'],
  'containers/changes': ['get'],
  'containers/checkpoints': ['list', 'create', 'delete'],
  'containers/exec': ['create', 'get', 'start', 'resize'],
  'containers/export': ['get'],
  'containers/logs': ['get'],
  'containers/stats': ['get'],
  'containers/top': ['get'],
  distribution: ['get'],
  images: ['list', 'get', 'create', 'delete', 'prune', 'push', 'tag', 'search', 'load', 'export'],
  'images/history': ['get'],
  networks: ['list', 'get', 'create', 'delete', 'prune', 'connect', 'disconnect', 'use'],
  nodes: ['list', 'get', 'update', 'delete'],
  plugins: ['list', 'get', 'create', 'delete', 'enable', 'disable', 'upgrade', 'push', 'set'],
  'plugins/privileges': ['get'],
  secrets: ['list', 'get', 'create', 'update', 'delete', 'use'],
  services: ['list', 'get', 'create', 'update', 'delete'],
  'services/logs': ['get'],
  session: ['create'],
  swarm: ['get', 'init', 'join', 'leave', 'update', 'unlock'],
  'swarm/unlockkey': ['get'],
  'system/auth': ['create'],
  'system/debug': ['get'],
  'system/df': ['get'],
  'system/events': ['watch'],
  'system/info': ['get'],
  'system/options': ['get'],
  'system/ping': ['get'],
  'system/version': ['get'],
  tasks: ['list', 'get'],
  'tasks/logs': ['get'],
  volumes: ['list', 'get', 'create', 'update', 'delete', 'prune', 'use'],
  // Swarmwall's own: what the network policy rests on.
  policies: ['update'],
  segments: ['join', 'update'],
  breakglass: ['use'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ResourceWord = keyof typeof WORDS;
export type VerbWord = (typeof WORDS)[ResourceWord][number];

/** All of them; where rules say `*`, they mean everything but `BREAK_GLASS`. */
export const ANY = '*';
/** Only a rule that names it means it: `*` does not. */
export const BREAK_GLASS = 'breakglass' satisfies ResourceWord;

export const RESOURCES: readonly string[] = Object.keys(WORDS);
export const VERBS: readonly string[] = [...new Set(Object.values(WORDS).flat())];

export function knowsVerb(resource: string, verb: string): boolean {
  const verbs: readonly string[] = Object.hasOwn(WORDS, resource) ? WORDS[resource as ResourceWord] : [];
  return verbs.includes(verb);
}
