import type { Tree, TreeScalar } from '../syntax/yaml-tree.ts';
import { madeScalar } from './forms.ts';
import { byMount, byPair, byPath, bySubnet, byTarget, byText, type ItemKey } from './list-keys.ts';

/** How a value is merged where "maps join, lists append, the rest is replaced" does not hold. */
export type MergeRule =
  | 'replace'
  /** `KEY=value` lists or maps. `items`: lists, or a single value. `names`: lists of names, or maps by name. */
  | { readonly kind: 'pairs' | 'items' | 'hosts' | 'merged-items'; readonly by: ItemKey }
  | { readonly kind: 'names'; readonly by: ItemKey; readonly value?: (item: TreeScalar) => Tree }
  | { readonly kind: 'ports' | 'build' | 'logging' };

const pairs = { kind: 'pairs', by: byPair } as const;
const items = { kind: 'items', by: byText } as const;
const names = { kind: 'names', by: byText } as const;

/** What `depends_on: [db]` is short for. */
function started({ offset }: TreeScalar): Tree {
  const value = madeScalar('service_started', offset);
  return { kind: 'map', entries: new Map([['condition', { keyOffset: offset, value }]]), offset };
}

/** By path; `*` is any one key. From compose-go, override/merge.go (`mergeSpecials`) and override/uncity.go (`unique`). */
const RULES: Readonly<Record<string, MergeRule>> = {
  'networks.*.ipam.config': { kind: 'merged-items', by: bySubnet },
  'networks.*.labels': pairs,
  'volumes.*.labels': pairs,
  'secrets.*.labels': pairs,
  'configs.*.labels': pairs,
  'services.*.annotations': pairs,
  'services.*.build': { kind: 'build' },
  'services.*.build.args': pairs,
  'services.*.build.additional_contexts': pairs,
  'services.*.build.extra_hosts': { kind: 'hosts', by: byText },
  'services.*.build.labels': pairs,
  'services.*.build.tags': items,
  'services.*.cap_add': items,
  'services.*.cap_drop': items,
  'services.*.command': 'replace',
  'services.*.configs': { kind: 'items', by: byMount('') },
  'services.*.depends_on': { ...names, value: started },
  'services.*.deploy.labels': pairs,
  'services.*.devices': { kind: 'items', by: byTarget },
  'services.*.dns': items,
  'services.*.dns_opt': items,
  'services.*.dns_search': items,
  'services.*.entrypoint': 'replace',
  'services.*.env_file': { kind: 'items', by: byPath },
  'services.*.environment': pairs,
  'services.*.expose': items,
  'services.*.extra_hosts': { kind: 'hosts', by: byText },
  'services.*.healthcheck.test': 'replace',
  'services.*.label_file': items,
  'services.*.labels': pairs,
  'services.*.links': items,
  'services.*.logging': { kind: 'logging' },
  'services.*.models': names,
  'services.*.networks': names,
  'services.*.networks.*.aliases': items,
  'services.*.networks.*.link_local_ips': items,
  'services.*.ports': { kind: 'ports' },
  'services.*.profiles': items,
  'services.*.secrets': { kind: 'items', by: byMount('/run/secrets') },
  'services.*.sysctls': pairs,
  'services.*.tmpfs': items,
  'services.*.ulimits.*': 'replace',
  'services.*.volumes': { kind: 'items', by: byTarget },
};

const PATTERNS = Object.entries(RULES).map(([path, rule]) => ({ parts: path.split('.'), rule }));

export function ruleAt(path: readonly string[]): MergeRule | undefined {
  return PATTERNS.find(
    ({ parts }) =>
      parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index]),
  )?.rule;
}
