/** A map to sets that keeps no empty set. */
export class MultiMap<K, V> {
  readonly #sets = new Map<K, Set<V>>();

  get(key: K): ReadonlySet<V> {
    return this.#sets.get(key) ?? new Set<V>();
  }

  has(key: K): boolean {
    return this.#sets.has(key);
  }

  /** Whether it is the key's first value. */
  add(key: K, value: V): boolean {
    const set = this.#sets.get(key);
    if (set) set.add(value);
    else this.#sets.set(key, new Set([value]));
    return set === undefined;
  }

  /** Whether it was the key's last value. */
  delete(key: K, value: V): boolean {
    const set = this.#sets.get(key);
    if (!set?.delete(value) || set.size > 0) return false;
    return this.#sets.delete(key);
  }

  keys(): Iterable<K> {
    return this.#sets.keys();
  }

  get size(): number {
    return this.#sets.size;
  }
}
