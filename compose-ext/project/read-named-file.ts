import type { Tree, TreeMap } from '../syntax/yaml-tree.ts';
import { fromFolder, isFull, readTree, TOO_MANY } from './read-tree.ts';
import type { Reading } from './reading.ts';
import type { Project, Scope } from './scope.ts';

/** Git, OCI and web addresses, which Compose fetches. */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|oci:|git@|github\.com\/)/i;

/** The text of a file that is named at `at`; why not is in the report. */
export function* readNamedText(path: string, at: Tree, project: Project): Reading<string | undefined> {
  const { sources, report } = project;
  if (isFull(project)) {
    report.error('too-complex', sources.at(at.offset), TOO_MANY, '');
    return undefined;
  }
  const file = fromFolder(path, project);
  const found = yield { path: file, optional: false };
  if (found.kind === 'text') return found.text;
  const message = `${file} cannot be read: ${found.reason}`;
  report.error(
    'unreadable-file',
    sources.at(at.offset),
    message,
    'Paths start at the folder of the first file.',
  );
  return undefined;
}

export function* readNamedFile(
  path: string,
  at: Tree,
  scope: Scope,
  project: Project,
): Reading<TreeMap | undefined> {
  const text = yield* readNamedText(path, at, project);
  return text === undefined ? undefined : readTree(fromFolder(path, project), text, scope, project);
}

/** True when it has been refused. */
export function refuseRemote(path: string, at: Tree, { sources, report }: Project): boolean {
  if (!REMOTE.test(path)) return false;
  const message = `"${path}" is not on this machine, and nothing is fetched to judge a file`;
  report.error('remote-file', sources.at(at.offset), message, 'Keep a copy beside the file, and name that.');
  return true;
}
