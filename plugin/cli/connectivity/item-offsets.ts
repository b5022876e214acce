/** Where each item of a JSON array starts. The text has been parsed, so it is one. */
export function itemOffsets(text: string): readonly number[] {
  const offsets: number[] = [];
  let depth = 0;
  let awaited = false;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/gu)) {
    const closes = token === ']' || token === '}';
    if (awaited && depth === 1 && !closes) {
      offsets.push(index);
      awaited = false;
    }
    if (token === '[' || token === '{') depth++;
    if (closes) depth--;
    if (depth === 1 && (token === ',' || offsets.length === 0)) awaited = token === ',' || token === '[';
  }
  return offsets;
}
