import { mergeMaps } from '../merge/merge-trees.ts';
import { suggest } from '../nearest.ts';
import { entriesOf, get, isMapTree, isNull, textOf } from '../syntax/tree-access.ts';
import type { Tree, TreeEntry, TreeMap } from '../syntax/yaml-tree.ts';
import { inScope } from './read-tree.ts';
import { readNamedFile } from './read-named-file.ts';
import type { Reading } from './reading.ts';
import { MAX_CHAIN, type Project, type Scope } from './scope.ts';

/** One file in which services extend each other. */
interface Family {
  readonly path: string;
  readonly services: ReadonlyMap<string, TreeEntry>;
  readonly scope: Scope;
  readonly project: Project;
  readonly done: Map<string, Tree>;
}

/**
 * Each service over the one that it extends. As compose-go has it (loader/extends.go), everything is taken over,
 * `depends_on` and `links` too; networks, volumes, secrets that it names have to be declared here.
 */
export function* applyExtends(root: TreeMap, path: string, scope: Scope, project: Project): Reading<TreeMap> {
  const services = root.entries.get('services');
  if (services === undefined || !isMapTree(services.value)) return root;
  const family = { path, services: services.value.entries, scope, project, done: new Map<string, Tree>() };
  const entries = new Map<string, TreeEntry>();
  for (const [name, entry] of services.value.entries) {
    const value = yield* extended(name, entry, family, []);
    entries.set(name, value === entry.value ? entry : { ...entry, value });
  }
  if (
    [...entries].every(
      ([name, entry]) => services.value.kind === 'map' && services.value.entries.get(name) === entry,
    )
  )
    return root;
  const changed = { ...services, value: { ...services.value, entries } };
  return { ...root, entries: new Map([...root.entries, ['services', changed]]) };
}

function* extended(name: string, entry: TreeEntry, family: Family, chain: readonly string[]): Reading<Tree> {
  const known = family.done.get(name);
  if (known !== undefined) return known;
  const value = yield* extendOnce(name, entry, family, chain);
  family.done.set(name, value);
  return value;
}

function* extendOnce(
  name: string,
  { value: own }: TreeEntry,
  family: Family,
  chain: readonly string[],
): Reading<Tree> {
  const { sources, report } = family.project;
  const written = get(own, 'extends');
  if (!isMapTree(own) || written === undefined || written.tag === 'reset') return own;
  const rest: TreeMap = { ...own, entries: new Map([...own.entries].filter(([key]) => key !== 'extends')) };
  const [ref, file] = [get(written, 'service') ?? written, get(written, 'file')];
  const base = textOf(ref);
  if (base === undefined || base === '' || (file !== undefined && textOf(file) === undefined)) {
    const hint = 'extends: { service: NAME }, with "file: PATH" for a service of another file.';
    report.error(
      'invalid-value',
      sources.at(written.offset),
      `"services.${name}.extends" must name a service`,
      hint,
    );
    return rest;
  }
  const me = `${family.path} ${name}`;
  const link = [...chain, me];
  if (chain.includes(me) || chain.length >= MAX_CHAIN) {
    const round = [...link.slice(Math.max(0, chain.indexOf(me)))].map((each) => each.split(' ').at(-1));
    const message = chain.includes(me)
      ? `the service "${name}" extends itself: ${round.join(' → ')}`
      : `services extend each other more than ${MAX_CHAIN} deep`;
    report.error('extends-cycle', sources.at(written.offset), message, 'Take one "extends" out.');
    return rest;
  }
  const other =
    file === undefined || isNull(file) ? family : yield* familyOf(textOf(file) ?? '', file, family);
  if (other === undefined) return rest;
  const found = other.services.get(base);
  if (found === undefined) {
    const place = other === family ? '' : ` in ${other.path}`;
    const message = `the service "${name}" extends "${base}", which is no service${place}`;
    report.error('unknown-base', sources.at(ref.offset), message, suggest(base, other.services.keys(), ''));
    return rest;
  }
  const whole = yield* extended(base, found, other, link);
  if (!isMapTree(whole)) return rest;
  return mergeMaps(whole, rest, ['services', name], { ...family.project.merge, keepResets: true });
}

/** The services of the file that `extends` names; its own `include` is not followed, as in Compose. */
function* familyOf(file: string, at: Tree, { scope, project }: Family): Reading<Family | undefined> {
  const path = inScope(file, scope);
  const prefix = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '';
  const inFile = { ...scope, prefix };
  if (!scope.bases.has(path)) scope.bases.set(path, yield* readNamedFile(path, at, inFile, project));
  const root = scope.bases.get(path);
  if (root === undefined) return undefined;
  return {
    path,
    services: entriesOf(get(root, 'services')),
    scope: inFile,
    project,
    done: new Map<string, Tree>(),
  };
}
