import type { Elements, SetChange, SetDeclaration } from './program.ts';

/** The elements of a table's sets, with a record of what changed since the last `takeChanges`. */
export interface ElementStore {
  put(set: string, key: string, value?: string): void;
  drop(set: string, key: string): void;
  /** Net changes only: what went and came back is not among them. */
  takeChanges(): readonly SetChange[];
  snapshot(): Elements;
}

export function createElementStore(declarations: readonly SetDeclaration[]): ElementStore {
  const wanted = declarations.filter((set) => !set.dynamic && !set.leased);
  const sets = new Map(wanted.map((set) => [set.name, new Map<string, string>()]));
  /** Values as they were when first touched. */
  const before = new Map<string, Map<string, string | undefined>>();

  function elementsOf(set: string): Map<string, string> {
    const elements = sets.get(set);
    if (!elements) throw new RangeError(`no set ${set}`);
    return elements;
  }

  function touch(set: string, key: string, value: string | undefined): void {
    let touched = before.get(set);
    if (!touched) before.set(set, (touched = new Map()));
    if (!touched.has(key)) touched.set(key, value);
  }

  return {
    put(set, key, value = '') {
      const elements = elementsOf(set);
      const old = elements.get(key);
      if (old === value) return;
      touch(set, key, old);
      elements.set(key, value);
    },
    drop(set, key) {
      const elements = elementsOf(set);
      const old = elements.get(key);
      if (old === undefined) return;
      touch(set, key, old);
      elements.delete(key);
    },
    takeChanges() {
      const changes: SetChange[] = [];
      for (const { name, data } of wanted) {
        const remove: string[] = [];
        const add: [string, string][] = [];
        for (const [key, old] of before.get(name) ?? []) {
          const now = elementsOf(name).get(key);
          if (now === old) continue;
          if (old !== undefined) remove.push(key);
          if (now !== undefined) add.push([key, now]);
        }
        if (remove.length > 0 || add.length > 0)
          changes.push({ set: name, map: data !== undefined, remove, add });
      }
      before.clear();
      return changes;
    },
    snapshot: () => new Map([...sets].map(([name, elements]) => [name, new Map(elements)])),
  };
}
