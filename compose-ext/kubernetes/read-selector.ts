import { isWritten, readSelector } from '../extension/read-selector.ts';
import type { Selector } from '../policy-model.ts';
import { get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import { checkKey, checkLabels, checkValue } from './label-syntax.ts';
import type { ObjectContext } from './manifest.ts';

/** A LabelSelector, its keys and values checked as Kubernetes does. Undefined: not written. */
export function readLabelSelector(tree: Tree | undefined, context: ObjectContext): Selector | undefined {
  if (!isWritten(tree)) return undefined;
  checkLabels(get(tree, 'matchLabels'), context);
  for (const expression of itemsOf(get(tree, 'matchExpressions'))) {
    const key = get(expression, 'key');
    if (key !== undefined) checkKey(textOf(key) ?? '', key.offset, context);
    for (const value of itemsOf(get(expression, 'values'))) checkValue(value, context);
  }
  return readSelector(tree);
}
