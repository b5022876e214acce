import type { AdmissionPolicy } from '../../../compose-ext/authz/authz-model.ts';
import type { Ask, ResolvedWish } from './wish.ts';

export interface Check {
  /** What would pass. */
  readonly hint: string;
  find(wish: ResolvedWish, policy: AdmissionPolicy): readonly Finding[];
}

export interface Finding {
  /** What is asked for, as the end of a sentence that the field begins. */
  readonly message: string;
  readonly path: string;
}

type AskOf<K extends Ask['kind']> = Extract<Ask, { readonly kind: K }>;

/** A check that looks at one kind of ask, and refuses those that nothing allows. */
export function refuse<K extends Ask['kind']>(
  kind: K,
  hint: string,
  message: (ask: AskOf<K>) => string,
  allows: (ask: AskOf<K>, policy: AdmissionPolicy) => boolean = () => false,
): Check {
  return {
    hint,
    find: ({ asks }, policy) =>
      asks
        .filter((ask): ask is AskOf<K> => ask.kind === kind)
        .filter((ask) => !allows(ask, policy))
        .map((ask) => ({ message: message(ask), path: ask.path })),
  };
}

/** Text of a request in a message: no line breaks or control characters, and not without end. */
export function quoted(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}
