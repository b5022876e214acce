import type { Expression, Labels, Selector } from './policy-model.ts';

/** Kubernetes' LabelSelector: every requirement must hold, so none selects everything. */
export function matchesSelector(selector: Selector, labels: Labels): boolean {
  for (const key of Object.keys(selector.matchLabels))
    if (valueOf(labels, key) !== selector.matchLabels[key]) return false;
  return selector.matchExpressions.every((expression) => holds(expression, labels));
}

function holds(expression: Expression, labels: Labels): boolean {
  const value = valueOf(labels, expression.key);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && expression.values.includes(value);
    case 'NotIn':
      // An absent key is not in any set: Kubernetes matches it.
      return value === undefined || !expression.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Labels are users' words: `constructor` is a key like any other. */
function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
