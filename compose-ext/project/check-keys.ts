import { isWithin } from '../nearest.ts';
import { entriesOf, get } from '../syntax/tree-access.ts';
import type { Tree, TreeMap } from '../syntax/yaml-tree.ts';
import type { Project } from './scope.ts';

const KEY = 'x-swarmwall';
const NAMED = ['services', 'networks', 'volumes', 'secrets', 'configs'] as const;

/** A policy under a key that is almost ours, or at a place where nobody reads it, would not be enforced. */
export function checkOurKeys(root: TreeMap, { sources, report }: Project): void {
  const seen = new Set<number>();
  /** Each key that is meant as ours, once, however many places share it. */
  const inspect = (tree: Tree | undefined, path: string, place: 'read' | 'unread') => {
    for (const [key, { keyOffset }] of entriesOf(tree)) {
      if (!isMeantAsOurs(key, place) || seen.has(keyOffset)) continue;
      seen.add(keyOffset);
      const [at, name] = [sources.at(keyOffset), [path, key].filter(Boolean).join('.')];
      if (place === 'read')
        report.error('unknown-key', at, `"${name}" is not a known key`, `Did you mean "${KEY}"?`);
      else report.error('misplaced-key', at, `nothing reads "${name}"`, HINT);
    }
  };
  inspect(root, '', 'read');
  for (const section of NAMED) {
    const entries = get(root, section);
    inspect(entries, section, 'unread');
    for (const [name, { value }] of entriesOf(entries)) {
      const path = `${section}.${name}`;
      inspect(value, path, section === 'services' ? 'read' : 'unread');
      if (section === 'services') inspect(get(value, 'deploy'), `${path}.deploy`, 'unread');
    }
  }
}

/** What is called `swarmwall` may well be a service or a network of that name. */
function isMeantAsOurs(key: string, place: 'read' | 'unread'): boolean {
  if (place === 'read' ? key === KEY : !/^\s*x[-_]/i.test(key)) return false;
  return isWithin(2, key.trim(), KEY);
}

const HINT = `${KEY} belongs at the top of the file, or directly in a service.`;
