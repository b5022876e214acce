import type { Expression, Labels, Selector } from './policy-model.ts';

/** Kubernetes' label selectors: all of matchLabels and matchExpressions must hold; none selects everything. */
export function matchesSelector(selector: Selector, labels: Labels): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    selector.matchExpressions.every((expression) => matchesExpression(expression, labels))
  );
}

/** NotIn holds when the key is absent. */
function matchesExpression({ key, operator, values }: Expression, labels: Labels): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Own keys only: a label named `constructor` is as good as any. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
