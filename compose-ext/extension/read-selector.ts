import type { Expression, Selector } from '../policy-model.ts';
import { entriesOf, get, isNull, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

export function readSelector(tree: Tree | undefined): Selector {
  const labels = [...entriesOf(get(tree, 'matchLabels'))].map(
    ([key, { value }]) => [key, textOf(value) ?? ''] as const,
  );
  const expressions = itemsOf(get(tree, 'matchExpressions')).flatMap((item): Expression[] => {
    const operator = (['In', 'NotIn', 'Exists', 'DoesNotExist'] as const).find(
      (known) => known === textOf(get(item, 'operator')),
    );
    const key = textOf(get(item, 'key'));
    if (operator === undefined || key === undefined) return [];
    return [{ key, operator, values: itemsOf(get(item, 'values')).map((value) => textOf(value) ?? '') }];
  });
  return { matchLabels: Object.fromEntries(labels), matchExpressions: expressions };
}

/** Present and not null: an absent selector and an empty one mean different things in a peer. */
export function isWritten(tree: Tree | undefined): tree is Tree {
  return tree !== undefined && !isNull(tree);
}
