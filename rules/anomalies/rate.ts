/** How much of each finished window goes into what is usual. */
const NEW_PART = 0.1;

/** How many within a sliding window (the one before counts by its part), and how many are usual. */
export class Rate {
  readonly #window: number;
  #slot = -Infinity;
  #now = 0;
  #before = 0;
  #usual = 0;

  constructor(window: number, usual = 0) {
    this.#window = window;
    this.#usual = usual;
  }

  /** Counts, and says how many there were within the window up to `at`. */
  add(count: number, at: number): number {
    const slot = Math.floor(at / this.#window);
    if (slot > this.#slot) this.#turn(slot);
    this.#now += count;
    const into = (at - this.#slot * this.#window) / this.#window;
    return this.#now + this.#before * Math.min(1, Math.max(0, 1 - into));
  }

  /** In a window, before this one. */
  get usual(): number {
    return this.#usual;
  }

  #turn(slot: number): void {
    const passed = slot - this.#slot;
    if (Number.isFinite(passed)) {
      this.#usual += (this.#now - this.#usual) * NEW_PART;
      this.#usual *= (1 - NEW_PART) ** (passed - 1);
    }
    this.#before = passed === 1 ? this.#now : 0;
    this.#now = 0;
    this.#slot = slot;
  }
}
