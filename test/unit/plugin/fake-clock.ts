import type { Clock } from '../../../plugin/process/clock.ts';

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  /** Nothing that is told by one of them is to be compared with what is told by the other. */
  #set = 1_600_000_000_000;
  #timers: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now + this.#set;
  }

  elapsed(): number {
    return this.#now;
  }

  /** As somebody does who sets the time, forth or back. */
  set(by: number): void {
    this.#set += by;
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.#now + milliseconds, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  chance(): number {
    return 0.5;
  }

  /** Runs what is due, in order, with everything that follows from it. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
