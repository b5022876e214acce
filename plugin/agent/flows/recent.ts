/** A map that forgets: it has the newest `most`, and at most twice as many. */
export interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

/** Two halves, of which the older one goes whole: to delete the oldest of one Map costs more the more were deleted before. */
export function keepRecent<Value>(most: number): Recent<Value> {
  let newer = new Map<string, Value>();
  let older = new Map<string, Value>();
  return {
    get: (key) => newer.get(key) ?? older.get(key),
    set: (key, value) => {
      newer.set(key, value);
      if (newer.size < most) return;
      older = newer;
      newer = new Map();
    },
  };
}
