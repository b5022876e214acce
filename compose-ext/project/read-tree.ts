import { posix } from 'node:path';
import { interpolateTree } from '../interpolate/interpolate-tree.ts';
import { readDocument } from '../syntax/read-document.ts';
import { get, isMapTree, isNull } from '../syntax/tree-access.ts';
import { buildTree, type TreeMap } from '../syntax/yaml-tree.ts';
import { checkOurKeys } from './check-keys.ts';
import { rebasePaths } from './rebase-paths.ts';
import { MAX_CHARACTERS, MAX_FILES, type Project, type Scope } from './scope.ts';
import { settleAll } from './settle.ts';

export const TOO_MANY = `the stack has more than ${MAX_FILES} files, or ${MAX_CHARACTERS} characters in them`;

/** Then nothing more is read. A file counts each time that it is included. */
export function isFull({ sources }: Project): boolean {
  return sources.files > MAX_FILES || sources.length > MAX_CHARACTERS;
}

/** One file with its variables replaced and its paths seen from the first file; undefined when it is no map. */
export function readTree(file: string, text: string, scope: Scope, project: Project): TreeMap | undefined {
  const { sources, report, texts } = project;
  const { source, base } = sources.add(file, text);
  texts.set(file, text);
  if (isFull(project)) {
    report.error('too-complex', source.at(0), TOO_MANY, '');
    return undefined;
  }
  const document = readDocument(source, report);
  const built = document && buildTree(document, sources, report, base);
  if (built === undefined) return undefined;
  const root = interpolateTree(built, scope.environment, sources, report);
  if (!isMapTree(root)) {
    const hint = 'A Compose file is a map with the key "services".';
    report.error('invalid-root', sources.at(root.offset), 'the file is not a map', hint);
    return undefined;
  }
  checkSections(root, project);
  checkOurKeys(root, project);
  const seen = scope.prefix === '' ? root : rebasePaths(root, scope.prefix);
  return scope.shared ? seen : settleAll(seen);
}

function checkSections(root: TreeMap, { sources, report }: Project): void {
  const name = get(root, 'name');
  if (name !== undefined && typeof (name.kind === 'scalar' ? name.value : undefined) !== 'string') {
    report.error('invalid-value', sources.at(name.offset), '"name" must be a string', '');
  }
  for (const key of ['services', 'networks', 'volumes', 'secrets', 'configs'] as const) {
    const part = root.entries.get(key);
    if (part === undefined || isMapTree(part.value) || (key !== 'services' && isNull(part.value))) continue;
    report.error('invalid-value', sources.at(part.keyOffset), `"${key}" must be a map`, '');
  }
}

/** A path in a file of the scope, seen from the first file's folder. */
export function inScope(path: string, { prefix }: Pick<Scope, 'prefix'>): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.join(prefix, path);
}

/** The same as it is opened, and as positions name it. */
export function fromFolder(path: string, { folder }: Project): string {
  return posix.isAbsolute(path) ? path : posix.join(folder, path);
}
