import { entriesOf, get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree, TreeEntry, TreeMap } from '../syntax/yaml-tree.ts';

export interface ActiveServices {
  /** Without the services that are left out, and without `profiles`, which `docker stack deploy` refuses. */
  readonly active: TreeMap | undefined;
  readonly inactive: readonly string[];
}

/** Compose specification, 15-profiles.md: a service without profiles is always active, `*` is every profile. */
export function withProfiles(root: TreeMap | undefined, profiles: readonly string[]): ActiveServices {
  const services = root?.entries.get('services');
  if (!root || !services || !isMapTree(services.value)) return { active: root, inactive: [] };
  const inactive: string[] = [];
  let changed = false;
  const entries = new Map<string, TreeEntry>();
  for (const [name, entry] of services.value.entries) {
    if (!isActive(entry.value, profiles)) {
      inactive.push(name);
      continue;
    }
    const value = withoutProfiles(entry.value);
    changed ||= value !== entry.value;
    entries.set(name, value === entry.value ? entry : { ...entry, value });
  }
  if (inactive.length === 0 && !changed) return { active: root, inactive };
  const kept = { ...services, value: { ...services.value, entries } };
  return { active: { ...root, entries: new Map([...root.entries, ['services', kept]]) }, inactive };
}

function isActive(service: Tree, active: readonly string[]): boolean {
  const wanted = itemsOf(get(service, 'profiles')).flatMap((item) => textOf(item) ?? []);
  return wanted.length === 0 || active.includes('*') || wanted.some((name) => active.includes(name));
}

function withoutProfiles(service: Tree): Tree {
  if (!isMapTree(service) || !entriesOf(service).has('profiles')) return service;
  return { ...service, entries: new Map([...service.entries].filter(([key]) => key !== 'profiles')) };
}
