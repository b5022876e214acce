/** Where things stand in a JSON text, as offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Member {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Span;
}

/** One token after white space: a string, a bracket or comma or colon, or a word or number. */
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+)/uy;

interface Token extends Span {
  readonly text: string;
}

function* tokens(text: string, from: number): Generator<Token> {
  TOKEN.lastIndex = from;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const end = TOKEN.lastIndex;
    const found = match[1] ?? '';
    yield { text: found, start: end - found.length, end };
    // Another reader of this expression may have moved it meanwhile.
    TOKEN.lastIndex = end;
  }
}

/** The members of the object, or items of the array, that begins at `from`. The text must be valid JSON. */
export function itemsOf(
  text: string,
  from: number,
): { readonly items: readonly Span[]; readonly whole: Span } {
  const items: Span[] = [];
  let depth = 0;
  let first: number | undefined;
  let last = from;
  let start = from;
  for (const token of tokens(text, from)) {
    const closes = token.text === '}' || token.text === ']';
    if (depth === 0) start = token.start;
    if (closes) depth -= 1;
    if (depth === 0 || (depth === 1 && token.text === ',' && !closes)) {
      if (first !== undefined) items.push({ start: first, end: last });
      first = undefined;
      if (closes) return { items, whole: { start, end: token.end } };
    } else if (depth >= 1 && first === undefined) first = token.start;
    if (token.text === '{' || token.text === '[') depth += 1;
    last = token.end;
  }
  return { items, whole: { start, end: last } };
}

/** Of the object at the top. */
export function membersOf(text: string, from: number): readonly Member[] {
  return itemsOf(text, from).items.map(({ start, end }) => {
    const [key, , value] = [...firstTokens(text, start, 3)];
    return {
      key: JSON.parse(key?.text ?? '""') as string,
      keySpan: { start, end: key?.end ?? start },
      value: { start: value?.start ?? end, end },
    };
  });
}

function* firstTokens(text: string, from: number, count: number): Generator<Token> {
  let left = count;
  for (const token of tokens(text, from)) {
    yield token;
    left -= 1;
    if (left === 0) return;
  }
}
