/** Which task a container says it is, by a label that anyone can write: worth something only beside the managers' word. */
export interface Claim {
  /** Undefined: a plain container. */
  readonly task: string | undefined;
}

export interface Claims {
  /** Docker has made a container. */
  created(container: string, task: string | undefined): void;
  /** All that Docker listed, in a look that began then (`Clock.elapsed`). */
  listed(containers: ReadonlyMap<string, string | undefined>, began: number): void;
  /** Undefined: Docker has not told of it. */
  of(container: string): Claim | undefined;
}

/** A container's labels never change, and Docker tells of them when it is made: before anything of it can start. */
export function holdClaims(elapsed: () => number): Claims {
  let known: ReadonlyMap<string, string | undefined> = new Map();
  /** Made since the last look began. */
  const recent = new Map<string, Claim & { readonly at: number }>();
  return {
    created: (container, task) => {
      recent.set(container, { task, at: elapsed() });
    },
    listed: (containers, began) => {
      known = containers;
      for (const [container, { at }] of recent) if (at < began) recent.delete(container);
    },
    of: (container) => {
      const made = recent.get(container);
      if (made !== undefined) return { task: made.task };
      return known.has(container) ? { task: known.get(container) } : undefined;
    },
  };
}
