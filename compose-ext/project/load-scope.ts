import { mergeMaps } from '../merge/merge-trees.ts';
import { withoutTags } from '../merge/without-tags.ts';
import type { TreeMap } from '../syntax/yaml-tree.ts';
import { applyExtends } from './extends.ts';
import { applyIncludes } from './include.ts';
import { readTree } from './read-tree.ts';
import type { Reading } from './reading.ts';
import type { Project, Scope } from './scope.ts';

export interface ComposeText {
  /** The name that positions carry. */
  readonly file: string;
  readonly text: string;
}

/** Files merged in their order, each with what it includes and extends; undefined when none can be read. */
export function* loadScope(
  files: readonly ComposeText[],
  scope: Scope,
  project: Project,
  seen: (first: TreeMap) => void = () => undefined,
): Reading<TreeMap | undefined> {
  let merged: TreeMap | undefined;
  for (const { file, text } of files) {
    const tree = readTree(file, text, scope, project);
    if (tree === undefined) continue;
    if (merged === undefined) seen(tree);
    const within = { ...scope, trail: [...scope.trail, file] };
    const whole = yield* applyIncludes(tree, within, project);
    const extended = yield* applyExtends(whole, file, within, project);
    merged = withoutTags(merged === undefined ? extended : mergeMaps(merged, extended, [], project.merge));
  }
  return merged;
}
