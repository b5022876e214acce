/** Lines around a change. */
const CONTEXT = 3;
/** Of lines that differ; beyond it the middle is shown as replaced whole. */
const MAX_DISTANCE = 2000;

type Change = readonly [sign: ' ' | '-' | '+', line: string];

/** As `diff -u` and git print it; '' when the texts are equal. Lines keep their own ends. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const changes = compare(lines(before), lines(after));
  const path = (side: string) => (file.startsWith('/') ? file : `${side}/${file.replace(/^\.\//u, '')}`);
  return `--- ${path('a')}\n+++ ${path('b')}\n${hunks(changes).join('')}`;
}

function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? [];
}

function compare(a: readonly string[], b: readonly string[]): Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const same = (part: readonly string[]) => part.map((line): Change => [' ', line]);
  return [
    ...same(a.slice(0, start)),
    ...shortestEdit(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

/** Myers' greedy algorithm: the furthest reaching paths of d differences, for d = 0, 1, 2, … */
function shortestEdit(a: readonly string[], b: readonly string[]): Change[] {
  const steps: Map<number, number>[] = [];
  const most = Math.min(a.length + b.length, MAX_DISTANCE);
  let furthest = new Map<number, number>([[1, 0]]);
  for (let d = 0; d <= most; d++) {
    steps.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      let x = goesDown(furthest, k, d) ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest = furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, steps);
    }
  }
  return [...a.map((line): Change => ['-', line]), ...b.map((line): Change => ['+', line])];
}

function goesDown(furthest: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  steps: readonly ReadonlyMap<number, number>[],
): Change[] {
  const changes: Change[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = steps.length - 1; d >= 0; d--) {
    const furthest = steps[d] ?? new Map<number, number>();
    const k = x - y;
    const from = goesDown(furthest, k, d) ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : (furthest.get(from) ?? 0);
    const fromY = d === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      changes.push([' ', a[--x] ?? '']);
      y--;
    }
    if (d === 0) break;
    if (x === fromX) changes.push(['+', b[--y] ?? '']);
    else changes.push(['-', a[--x] ?? '']);
  }
  return changes.reverse();
}

function hunks(changes: readonly Change[]): string[] {
  const changed = changes.flatMap(([sign], index) => (sign === ' ' ? [] : [index]));
  const groups: [first: number, last: number][] = [];
  for (const index of changed) {
    const open = groups.at(-1);
    if (open && index - open[1] <= 2 * CONTEXT) open[1] = index;
    else groups.push([index, index]);
  }
  return groups.map(([first, last]) => {
    const start = Math.max(0, first - CONTEXT);
    const part = changes.slice(start, last + 1 + CONTEXT);
    const count = (of: readonly Change[], sign: string) => of.filter(([each]) => each !== sign).length;
    const range = (sign: string) => {
      const [skipped, length] = [count(changes.slice(0, start), sign), count(part, sign)];
      return `${length === 0 ? skipped : skipped + 1},${length}`;
    };
    const body = part.map(([sign, line]) =>
      line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`,
    );
    return `@@ -${range('+')} +${range('-')} @@\n${body.join('')}`;
  });
}
