/** Different things seen within a window, the newest `most` of them. */
export class RecentSet {
  readonly #window: number;
  readonly #most: number;
  /** By when they were seen last, as far as clocks of different nodes agree. */
  readonly #seen = new Map<string, number>();

  constructor(window: number, most: number) {
    this.#window = window;
    this.#most = most;
  }

  /** How many there are with this one. */
  add(item: string, at: number): number {
    this.#seen.delete(item);
    this.#seen.set(item, at);
    for (const [other, when] of this.#seen) {
      if (this.#seen.size <= this.#most && Math.abs(at - when) <= this.#window) break;
      this.#seen.delete(other);
    }
    return this.#seen.size;
  }

  items(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** Of those that are in it. */
  first(): number {
    return Math.min(...this.#seen.values());
  }
}
