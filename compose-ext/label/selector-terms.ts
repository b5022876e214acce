import type { Expression, Selector } from '../policy-model.ts';
import type { Problem } from './label-peer.ts';

/** `key=value`, `key`, `!key`: as written, so that formatting gives the text back. */
export type SelectorTerm =
  | { readonly kind: 'equals'; readonly key: string; readonly value: string }
  | { readonly kind: 'exists'; readonly key: string }
  | { readonly kind: 'absent'; readonly key: string };

const TERM = /^(!?)([a-zA-Z0-9][a-zA-Z0-9._/-]*)(?:=([^\s={},]*))?$/;
const HINT = 'Terms look like label=value, label (it exists) or !label (it does not).';

/** What stands between the braces; nothing selects everything. */
export function parseTerms(text: string): readonly SelectorTerm[] | Problem {
  if (text === '') return [];
  const terms: SelectorTerm[] = [];
  const values = new Map<string, string>();
  let offset = 0;
  for (const part of text.split(',')) {
    const [whole, not, key = '', value] = TERM.exec(part) ?? [];
    if (whole === undefined || (not === '!' && value !== undefined)) {
      return {
        code: 'invalid-selector',
        message: `"${part}" is not a term of a selector`,
        hint: HINT,
        offset,
      };
    }
    if (value !== undefined && (values.get(key) ?? value) !== value) {
      const message = `"${key}" cannot be both "${values.get(key) ?? ''}" and "${value}"`;
      return { code: 'invalid-selector', message, hint: 'All terms must hold. Write two entries.', offset };
    }
    if (value !== undefined) values.set(key, value);
    terms.push(
      value !== undefined ? { kind: 'equals', key, value } : { kind: not === '!' ? 'absent' : 'exists', key },
    );
    offset += part.length + 1;
  }
  return terms;
}

export function formatTerms(terms: readonly SelectorTerm[]): string {
  return terms.map(formatTerm).join(',');
}

function formatTerm(term: SelectorTerm): string {
  switch (term.kind) {
    case 'equals':
      return `${term.key}=${term.value}`;
    case 'exists':
      return term.key;
    case 'absent':
      return `!${term.key}`;
  }
}

export function toSelector(terms: readonly SelectorTerm[]): Selector {
  const equals = terms.filter((term) => term.kind === 'equals');
  const others = terms.filter((term) => term.kind !== 'equals');
  return {
    matchLabels: Object.fromEntries(equals.map(({ key, value }) => [key, value])),
    matchExpressions: others.map(({ kind, key }): Expression => ({
      key,
      operator: kind === 'exists' ? 'Exists' : 'DoesNotExist',
      values: [],
    })),
  };
}
