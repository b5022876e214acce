/** What Go decodes a JSON value into: it decides how keys, numbers and nulls are read. */
export type Shape =
  /** An interface or raw JSON: anything. */
  | { readonly kind: 'any' }
  | { readonly kind: 'string' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly least: bigint; readonly most: bigint }
  | { readonly kind: 'float' }
  /** moby's `strslice.StrSlice`: a string is a list of one. */
  | { readonly kind: 'strings' }
  | { readonly kind: 'list'; readonly of: Shape }
  /** One of a few, in any case: Swarm's enumerations. Absent or empty it is the first one there, if that matters. */
  | { readonly kind: 'word'; readonly words: readonly string[]; readonly absent?: string }
  /** Keys as sent. */
  | { readonly kind: 'map'; readonly of: Shape }
  /** Keys in any case: by their folded spelling, the documented one and what the value is. */
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Field> };

export interface Field {
  readonly name: string;
  readonly shape: Shape;
  /** Some engines still read it: what it says is refused. */
  readonly outdated?: boolean;
}

export const ANY: Shape = { kind: 'any' };

/**
 * As encoding/json compares a key with a field's name: of all Unicode only these two fold to an ASCII letter, U+017F to
 * `s` and U+212A to `k`.
 */
export function foldKey(key: string): string {
  return key
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k')
    .replace(/[A-Z]/gu, (letter) => letter.toLowerCase());
}
