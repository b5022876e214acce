/**
 * An object of these entries, for objects with many keys of their own. `Object.fromEntries` makes each a chain
 * of hidden classes, one a key, which takes ten times as long as the hash table that V8 turns an object into
 * when it loses a property.
 */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  const lost: { first?: T; last?: T } = { first: undefined as T, last: undefined as T };
  delete lost.first;
  delete lost.last;
  const record: Record<string, T> = lost as Record<string, T>;
  for (const [key, value] of entries) record[key] = value;
  return record;
}
