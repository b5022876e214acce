import type { Fix, TextEdit } from './lint-rule.ts';

export interface Applied<T> {
  /** The changed texts only. */
  readonly texts: ReadonlyMap<string, string>;
  /** Those that fitted; one that touches what an earlier one changed waits for the next round. */
  readonly done: readonly T[];
}

/** Applies whole fixes, in the order given, and leaves every other character alone. */
export function applyEdits<T extends { readonly fix: Fix }>(
  sources: ReadonlyMap<string, string>,
  wanted: readonly T[],
): Applied<T> {
  const taken: TextEdit[] = [];
  const done = wanted.filter(({ fix }) => {
    // The same text reached twice needs one edit.
    const known = fix.edits.every((edit) => taken.some((other) => isSame(edit, other)));
    if (known) return true;
    if (fix.edits.some((edit) => taken.some((other) => touches(edit, other)))) return false;
    taken.push(...fix.edits);
    return true;
  });
  const texts = new Map<string, string>();
  for (const { file, offset, length, text } of taken.toSorted((a, b) => b.offset - a.offset)) {
    const before = texts.get(file) ?? sources.get(file);
    if (before === undefined) continue;
    texts.set(file, before.slice(0, offset) + text + before.slice(offset + length));
  }
  return { texts, done };
}

function isSame(a: TextEdit, b: TextEdit): boolean {
  return a.file === b.file && a.offset === b.offset && a.length === b.length && a.text === b.text;
}

function touches(a: TextEdit, b: TextEdit): boolean {
  return a.file === b.file && a.offset <= b.offset + b.length && b.offset <= a.offset + a.length;
}
