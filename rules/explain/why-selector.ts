import type { Expression, Labels, Selector } from '../../compose-ext/policy-model.ts';
import { matchesSelector } from '../../compose-ext/selector.ts';

/** What decides: the terms that fail, or all of them when none does. */
export function whySelector(selector: Selector, labels: Labels): string {
  const terms = termsOf(selector);
  if (terms.length === 0) return 'an empty selector selects everything';
  const failing = terms.filter(({ alone }) => !matchesSelector(alone, labels));
  return (failing.length > 0 ? failing : terms).map((term) => term.why(labels)).join(', ');
}

export function selectorText(selector: Selector): string {
  return `{${termsOf(selector)
    .map(({ text }) => text)
    .join(',')}}`;
}

interface Term {
  /** The selector of just this term. */
  readonly alone: Selector;
  readonly text: string;
  readonly why: (labels: Labels) => string;
}

function termsOf({ matchLabels, matchExpressions }: Selector): readonly Term[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]): Term => ({
      alone: { matchLabels: { [key]: value }, matchExpressions: [] },
      text: `${key}=${value}`,
      why: (labels) => compare(key, `"${value}"`, labels, labels[key] === value),
    })),
    ...matchExpressions.map((expression): Term => {
      const alone = { matchLabels: {}, matchExpressions: [expression] };
      return {
        alone,
        text: expressionText(expression),
        why: (labels) => whyExpression(expression, labels, matchesSelector(alone, labels)),
      };
    }),
  ];
}

function expressionText({ key, operator, values }: Expression): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join('|')})`;
    case 'NotIn':
      return `${key} not in (${values.join('|')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}

function whyExpression({ key, operator, values }: Expression, labels: Labels, holds: boolean): string {
  const listed = values.map((value) => `"${value}"`).join(' or ') || 'any of none';
  switch (operator) {
    case 'In':
      return compare(key, listed, labels, holds);
    case 'NotIn':
      return holds
        ? `${found(key, labels)}, which is not ${listed}`
        : `${found(key, labels)}, which is excluded`;
    case 'Exists':
    case 'DoesNotExist':
      return found(key, labels);
  }
}

function compare(key: string, wanted: string, labels: Labels, holds: boolean): string {
  return holds ? found(key, labels) : `${found(key, labels)}, not ${wanted}`;
}

function found(key: string, labels: Labels): string {
  return Object.hasOwn(labels, key) ? `label ${key} is "${labels[key] ?? ''}"` : `label ${key} is absent`;
}
