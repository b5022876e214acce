import { isScalar, Pair, type YAMLMap } from 'yaml';
import type { ComposeFile } from '../load/compose-file.ts';
import type { Report } from '../report.ts';
import { entriesOf, get } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { deletePair, ownPair, textNode } from './node-building.ts';

/** Keys that came after schema 3.9: a file that uses them already needs a newer CLI, and that needs no version. */
const NEWER = /^\s*(?:-\s*)?["']?(?:start_interval|oom_score_adj|x-cluster-spec)["']?\s*:/m;

/** What the CLIs from 20.10 on insist on at the top of a stack file. */
export function editTopKeys(root: YAMLMap, tree: Tree, file: ComposeFile, report: Report): boolean {
  const renamed = renameName(root, tree, file, report);
  if (entriesOf(tree).has('version') || NEWER.test(file.text)) return renamed;
  // 20.10 takes a file without a version for Compose 1; 3.9 is the newest that it knows.
  const version = textNode('version');
  const first = root.items[0]?.key;
  // A comment above the first key belongs to the file.
  if (isScalar(first) && first.commentBefore) {
    version.commentBefore = first.commentBefore;
    delete first.commentBefore;
  }
  root.items.unshift(new Pair(version, textNode('3.9')));
  return true;
}

/** `docker stack deploy` refuses the key `name`; extension fields it ignores. */
function renameName(root: YAMLMap, tree: Tree, file: ComposeFile, report: Report): boolean {
  const pair = ownPair(root, 'name');
  if (pair === undefined) return false;
  const message = '"name" becomes "x-name": older versions of docker stack deploy refuse it';
  report.info(
    'name-renamed',
    file.nameOrigin ?? file.stackOrigin,
    message,
    'The name of the stack is an argument of deploy.',
  );
  if (get(tree, 'x-name') !== undefined) deletePair(root, 'x-name');
  if (isScalar(pair.key)) pair.key.value = 'x-name';
  return true;
}
