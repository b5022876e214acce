import { STACK_NAME_LABEL } from '../label/label-policy.ts';
import type { Selector } from '../policy-model.ts';

/** The one stack that a stackSelector means, when it says so by the label that nobody can write. */
export function namedStack({ matchLabels, matchExpressions }: Selector): string | undefined {
  const [only, ...more] = Object.entries(matchLabels);
  return only?.[0] === STACK_NAME_LABEL && more.length === 0 && matchExpressions.length === 0
    ? only[1]
    : undefined;
}
