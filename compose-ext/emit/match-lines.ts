/** Which line of `b` each line of `a` is, or -1: a patience diff. Not the longest match, but never a wrong order. */
export function matchLines(a: readonly string[], b: readonly string[]): number[] {
  const matches = Array.from<number>({ length: a.length }).fill(-1);
  const pending: (readonly [number, number, number, number])[] = [[0, a.length, 0, b.length]];
  for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
    let [aFrom, aTo, bFrom, bTo] = range;
    while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) matches[aFrom++] = bFrom++;
    while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) matches[--aTo] = --bTo;
    const anchors = uniqueAnchors(a, b, aFrom, aTo, bFrom, bTo);
    for (const [index, [i, j]] of anchors.entries()) {
      const [nextA, nextB] = anchors[index + 1] ?? [aTo, bTo];
      pending.push([i, nextA, j, nextB]);
    }
    const first = anchors[0];
    if (first !== undefined && (first[0] > aFrom || first[1] > bFrom))
      pending.push([aFrom, first[0], bFrom, first[1]]);
  }
  return matches;
}

/** Lines that stand once in each range, in an order that both have. */
function uniqueAnchors(
  a: readonly string[],
  b: readonly string[],
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
): (readonly [number, number])[] {
  const inB = uniqueLines(b, bFrom, bTo);
  const common = [...uniqueLines(a, aFrom, aTo)].flatMap(([line, i]) => {
    const j = inB.get(line);
    return j === undefined ? [] : [[i, j] as const];
  });
  return increasing(common.sort((x, y) => x[0] - y[0]));
}

function uniqueLines(lines: readonly string[], from: number, to: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines.slice(from, to)) counts.set(line, (counts.get(line) ?? 0) + 1);
  const unique = new Map<string, number>();
  for (let index = from; index < to; index++) {
    const line = lines[index] ?? '';
    if (counts.get(line) === 1) unique.set(line, index);
  }
  return unique;
}

/** The longest run of pairs whose second numbers increase, by patience sorting. */
function increasing(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  interface Card {
    readonly pair: readonly [number, number];
    readonly before: Card | undefined;
  }
  const piles: Card[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, piles.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((piles[middle]?.pair[1] ?? Infinity) < pair[1]) low = middle + 1;
      else high = middle;
    }
    piles[low] = { pair, before: piles[low - 1] };
  }
  const result: (readonly [number, number])[] = [];
  for (let card = piles.at(-1); card !== undefined; card = card.before) result.push(card.pair);
  return result.reverse();
}
