import { posix } from 'node:path';
import { readEnvFile } from '../interpolate/env-file.ts';
import { mergeMaps, mergeTrees } from '../merge/merge-trees.ts';
import { checkSchema } from '../syntax/schema-errors.ts';
import { sourceText } from '../syntax/source-text.ts';
import { entriesOf, get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree, TreeEntry, TreeMap } from '../syntax/yaml-tree.ts';
import { includeSchema } from './include-schema.ts';
import { loadScope } from './load-scope.ts';
import { readNamedText, refuseRemote } from './read-named-file.ts';
import { fromFolder, inScope } from './read-tree.ts';
import type { Reading } from './reading.ts';
import { MAX_CHAIN, type Project, type Scope } from './scope.ts';

/** What an included file may bring: resources, as in Compose, and its policies, which would be lost otherwise. */
const SECTIONS = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models', 'x-swarmwall'] as const;

/** The tree with what it includes, over which its own values stand. compose-go: loader/include.go. */
export function* applyIncludes(root: TreeMap, scope: Scope, project: Project): Reading<TreeMap> {
  const written = root.entries.get('include');
  if (written === undefined) return root;
  const entries = new Map([...root.entries].filter(([key]) => key !== 'include'));
  let result: TreeMap = { ...root, entries };
  if (!checkSchema(written.value, includeSchema, project.sources, project.report, 'include')) return result;
  for (const item of itemsOf(written.value)) {
    const included = yield* readInclude(item, scope, project);
    if (included !== undefined) result = importInto(result, included, project);
  }
  return result;
}

function* readInclude(item: Tree, scope: Scope, project: Project): Reading<TreeMap | undefined> {
  const { sources, report } = project;
  const paths = listed(get(item, 'path') ?? item);
  const first = paths[0];
  if (first === undefined) return undefined;
  if (paths.some(({ text, at }) => refuseRemote(text, at, project))) return undefined;
  const path = inScope(first.text, scope);
  const file = fromFolder(path, project);
  if (scope.trail.includes(file) || scope.trail.length > MAX_CHAIN) {
    const message = scope.trail.includes(file)
      ? `${file} is included by itself: ${[...scope.trail, file].join(' → ')}`
      : `files include each other more than ${MAX_CHAIN} deep`;
    report.error('include-cycle', sources.at(first.at.offset), message, 'Take one "include" out.');
    return undefined;
  }
  const folder = textOf(get(item, 'project_directory'));
  const prefix = folder === undefined ? posix.dirname(path) : inScope(folder, scope);
  const inner = { ...scope, prefix: prefix === '.' ? '' : prefix };
  const environment = yield* includedEnvironment(item, inner, scope, project);
  const files: { file: string; text: string }[] = [];
  for (const { text: each, at } of paths) {
    const found = inScope(each, scope);
    const text = yield* readNamedText(found, at, project);
    if (text !== undefined) files.push({ file: fromFolder(found, project), text });
  }
  return yield* loadScope(files, { ...inner, ...environment }, project);
}

/** Its `env_file`, else the `.env` in its folder: defaults, below the variables that hold already. */
function* includedEnvironment(
  item: Tree,
  inner: Scope,
  scope: Scope,
  project: Project,
): Reading<Pick<Scope, 'environment' | 'shared' | 'bases'>> {
  const written = get(item, 'env_file');
  const texts: { file: string; text: string }[] = [];
  if (written === undefined) {
    const file = fromFolder(posix.join(inner.prefix, '.env'), project);
    const found = inner.prefix === scope.prefix ? undefined : yield { path: file, optional: true };
    if (found?.kind === 'text') texts.push({ file, text: found.text });
  }
  for (const { text: path, at } of written === undefined ? [] : listed(written)) {
    if (path === '/dev/null') continue;
    const found = inScope(path, scope);
    const text = yield* readNamedText(found, at, project);
    if (text !== undefined) texts.push({ file: fromFolder(found, project), text });
  }
  const { environment, shared, bases } = scope;
  if (texts.length === 0 || environment === undefined) return { environment, shared, bases };
  let own = environment;
  for (const { file, text } of texts) {
    project.texts.set(file, text);
    const values = readEnvFile(sourceText(file, text), own, project.report);
    own = { ...own, ...values, ...environment };
  }
  return { environment: own, shared: false, bases: new Map<string, TreeMap | undefined>() };
}

function listed(tree: Tree): readonly { readonly text: string; readonly at: Tree }[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  return items.flatMap((at) => {
    const text = textOf(at);
    return text === undefined || text === '' ? [] : [{ text, at }];
  });
}

/** The specification has Compose warn of a name that both have; compose-go merges, and the including file wins. */
function importInto(root: TreeMap, included: TreeMap, project: Project): TreeMap {
  const context = { ...project.merge, keepResets: true };
  const entries = new Map(root.entries);
  for (const section of SECTIONS) {
    const theirs = included.entries.get(section);
    if (theirs === undefined) continue;
    const ours = entries.get(section);
    if (ours === undefined || !isMapTree(ours.value) || !isMapTree(theirs.value)) {
      if (ours === undefined || !isMapTree(ours.value)) entries.set(section, theirs);
      continue;
    }
    if (section === 'x-swarmwall') {
      entries.set(section, { ...ours, value: mergeMaps(theirs.value, ours.value, [section], context) });
      continue;
    }
    const merged = new Map<string, TreeEntry>(ours.value.entries);
    for (const [name, entry] of entriesOf(theirs.value)) {
      const own = merged.get(name);
      if (own !== undefined) warnConflict(section, name, entry, own, project);
      merged.set(
        name,
        own === undefined
          ? entry
          : { ...own, value: mergeTrees(entry.value, own.value, [section, name], context) },
      );
    }
    entries.set(section, { ...ours, value: { ...ours.value, entries: merged } });
  }
  return { ...root, entries };
}

function warnConflict(
  section: string,
  name: string,
  theirs: TreeEntry,
  own: TreeEntry,
  project: Project,
): void {
  const { sources, report } = project;
  const { file, line } = sources.at(theirs.keyOffset);
  const message = `"${section}.${name}" is also in the included ${file}:${line}; what is written here wins`;
  report.warn(
    'include-conflict',
    sources.at(own.keyOffset),
    message,
    'Rename one, or put this into an override file.',
  );
}
