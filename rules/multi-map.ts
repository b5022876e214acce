/**
 * Several distinct values a key; a key without values is not kept. Most keys of an index have one value, which is
 * kept bare: a Set for each made the whole calculation a fifth slower.
 */
export class MultiMap<K, V extends string> {
  readonly #values = new Map<K, V | Set<V>>();

  /** In the order they were added. */
  get(key: K): Iterable<V> {
    const values = this.#values.get(key);
    if (values === undefined) return [];
    return typeof values === 'string' ? [values] : values;
  }

  has(key: K): boolean {
    return this.#values.has(key);
  }

  /** Whether it is the key's first value. */
  add(key: K, value: V): boolean {
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, value);
    else if (typeof values !== 'string') values.add(value);
    else if (values !== value) this.#values.set(key, new Set([values, value]));
    return values === undefined;
  }

  /** Whether it was the key's last value. */
  delete(key: K, value: V): boolean {
    const values = this.#values.get(key);
    const last = values === value || (values instanceof Set && values.delete(value) && values.size === 0);
    return last && this.#values.delete(key);
  }

  keys(): Iterable<K> {
    return this.#values.keys();
  }

  get size(): number {
    return this.#values.size;
  }
}
