import { Refusal } from './refusal.ts';

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/uy;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/uy;
const SPACE = /[ \t\n\r]*/uy;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PLAIN = 0x20;

/** The tokens of RFC 8259, no more: encoding/json takes no others either. */
export class JsonTokens {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that is not white space; '' at the end. */
  peek(): string {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
    return this.#text.charAt(this.#at);
  }

  take(token: string): boolean {
    this.peek();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  need(token: string): void {
    if (!this.take(token)) this.fail();
  }

  string(): string {
    this.need('"');
    const start = this.#at;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) break;
      if (!(code >= FIRST_PLAIN)) this.fail();
      if (code === BACKSLASH) escaped = true;
      this.#at += code === BACKSLASH ? this.#escapeAt(this.#at) : 1;
    }
    const raw = this.#text.slice(start, this.#at);
    this.#at += 1;
    return escaped ? unescape(raw) : raw;
  }

  number(): string {
    return this.#match(NUMBER);
  }

  fail(): never {
    throw new Refusal('decode/json', `the body is no JSON: column ${this.#at + 1} can't be read`);
  }

  /** How long the escape is. */
  #escapeAt(at: number): number {
    ESCAPE.lastIndex = at;
    return ESCAPE.exec(this.#text)?.[0].length ?? this.fail();
  }

  #match(pattern: RegExp): string {
    this.peek();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) this.fail();
    this.#at += found.length;
    return found;
  }
}

function unescape(raw: string): string {
  const value = JSON.parse(`"${raw}"`) as string;
  if (LONE_SURROGATE.test(value))
    throw new Refusal('decode/encoding', 'a string of the body has half of a surrogate pair');
  if (value.includes('\0')) throw new Refusal('decode/encoding', 'a string of the body has a NUL character');
  return value;
}
