/** Longer names are cut: a suggestion is not worth quadratic time on hostile input. */
const MAX_LENGTH = 64;
const MAX_CANDIDATES = 2000;

/** The candidate that the writer probably meant, or undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  return allNearest(name, candidates)[0];
}

/** The same, when no other is as near. */
export function nearestOnly(name: string, candidates: Iterable<string>): string | undefined {
  const [only, ...others] = new Set(allNearest(name, candidates));
  return others.length === 0 ? only : undefined;
}

function allNearest(name: string, candidates: Iterable<string>): string[] {
  let best: string[] = [];
  let bestDistance = Infinity;
  let count = 0;
  for (const candidate of candidates) {
    if (++count > MAX_CANDIDATES) break;
    const distance = editDistance(
      name.slice(0, MAX_LENGTH).toLowerCase(),
      candidate.slice(0, MAX_LENGTH).toLowerCase(),
    );
    if (distance < bestDistance) [best, bestDistance] = [[candidate], distance];
    else if (distance === bestDistance) best.push(candidate);
  }
  const limit = Math.max(1, Math.floor(Math.min(name.length, MAX_LENGTH) / 3));
  return bestDistance <= limit ? best : [];
}

/** `Did you mean "web"?`, else the fallback. */
export function suggest(name: string, candidates: Iterable<string>, fallback = ''): string {
  const found = nearest(name, candidates);
  return found === undefined ? fallback : `Did you mean "${found}"?`;
}

/** Whether so few edits make one of the other, whatever their case. */
export function isWithin(edits: number, name: string, meant: string): boolean {
  if (Math.abs(name.length - meant.length) > edits) return false;
  return editDistance(name.toLowerCase(), meant.toLowerCase()) <= edits;
}

/** Damerau–Levenshtein (optimal string alignment): insert, delete, replace, swap neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
