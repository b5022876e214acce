/** Variables by name; undefined and absent are the same: not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariableProblem {
  readonly code: 'invalid-variable' | 'required-variable';
  /** In the text, of the `$`. */
  readonly offset: number;
  readonly message: string;
}

export interface Interpolated {
  readonly text: string;
  /** Variables that are not set and have no default. Compose takes them for empty. */
  readonly unset: readonly string[];
  /** The names that were looked up and found. */
  readonly used: readonly string[];
  /** The first mistake; then `text` is as it was written. */
  readonly problem?: VariableProblem;
}

/** Deeper than anybody nests defaults; the reader recurses. */
const MAX_NESTING = 50;
const NAME = /[A-Za-z_]\w*/y;
const OPERATOR = /:?[-?+]/y;

interface Run {
  readonly environment: Environment | undefined;
  readonly unset: Set<string>;
  readonly used: Set<string>;
}

class Malformed {
  readonly problem: VariableProblem;
  constructor(problem: VariableProblem) {
    this.problem = problem;
  }
}

/**
 * Compose's `$$`, `$NAME`, `${NAME}` and `${NAME:-word}` with its operators `-`, `?` and `+`, where a word may hold
 * variables again. Without an environment nothing is known: defaults hold, and other variables stay as they are written.
 */
export function interpolate(text: string, environment?: Environment): Interpolated {
  const run: Run = { environment, unset: new Set(), used: new Set() };
  try {
    const result = expand(text, 0, run, 0);
    return { text: result, unset: [...run.unset], used: [...run.used] };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { text, unset: [], used: [], problem: error.problem };
  }
}

function expand(text: string, base: number, run: Run, depth: number): string {
  let result = '';
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (next === '{') {
      const end = closing(text, dollar + 2);
      if (end < 0) throw malformed(base + dollar, 'the variable is not closed: "}" is missing');
      result += braced(text.slice(dollar, end + 1), base + dollar, run, depth);
      at = end + 1;
    } else {
      const name = match(NAME, text, dollar + 1);
      if (name === undefined) throw malformed(base + dollar, '"$" starts no variable here');
      result += look(name, run) ?? missing(name, `$${name}`, run);
      at = dollar + 1 + name.length;
    }
  }
  return result + text.slice(at);
}

/** `whole` is `${…}`. */
function braced(whole: string, base: number, run: Run, depth: number): string {
  if (depth >= MAX_NESTING) throw malformed(base, `variables are nested more than ${MAX_NESTING} deep`);
  const name = match(NAME, whole, 2) ?? '';
  const after = 2 + name.length;
  const operator = match(OPERATOR, whole, after) ?? '';
  const start = after + operator.length;
  if (name === '' || (operator === '' && start !== whole.length - 1))
    throw malformed(base, `"${whole}" is not a variable`);
  const word = () => expand(whole.slice(start, -1), base + start, run, depth + 1);
  const value = look(name, run);
  const there = value !== undefined && !(operator.startsWith(':') && value === '');
  switch (operator.slice(-1)) {
    case '-':
      return there ? value : word();
    case '+':
      if (run.environment === undefined) return missing(name, whole, run);
      return there ? word() : '';
    case '?': {
      if (there) return value;
      if (run.environment === undefined) return missing(name, whole, run);
      const why = word() || 'it has no value';
      throw new Malformed({
        code: 'required-variable',
        offset: base,
        message: `the variable ${name} is required: ${why}`,
      });
    }
    default:
      return value ?? missing(name, whole, run);
  }
}

function look(name: string, { environment, used }: Run): string | undefined {
  const value = environment && Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value !== undefined) used.add(name);
  return value;
}

function missing(name: string, whole: string, { environment, unset }: Run): string {
  unset.add(name);
  return environment === undefined ? whole : '';
}

/** Of the `}` that closes. Every `{` opens, as in compose-go; where they do not add up, only those of variables do. */
function closing(text: string, from: number): number {
  const all = balanced(text, from, () => true);
  return all >= 0 ? all : balanced(text, from, (at) => text[at - 1] === '$');
}

function balanced(text: string, from: number, opens: (at: number) => boolean): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '}' && --open === 0) return at;
    if (text[at] === '{' && opens(at)) open++;
  }
  return -1;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function malformed(offset: number, message: string): Malformed {
  return new Malformed({ code: 'invalid-variable', offset, message });
}

/** The inverse for text that holds no variables. */
export function escapeVariables(text: string): string {
  return text.replaceAll('$', '$$$$');
}
