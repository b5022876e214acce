import type { Json } from '../api-request.ts';
import { JsonTokens } from './json-tokens.ts';
import { Refusal, shown } from './refusal.ts';
import { ANY, foldKey } from './shapes/shape.ts';
import type { Field, Shape } from './shapes/shape.ts';

/** Of a field that a structure doesn't have. */
const UNKNOWN: Shape = { kind: 'any' };

/** encoding/json gives up at 10,000; the deepest body that the API documents has 9. */
const DEEPEST = 64;

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly unknownFields: UnknownFields;
}

/** Engines ignore fields that they don't know; of engines newer than this table that can't be said. */
export type UnknownFields = 'left-out' | 'refused';

/**
 * JSON text into the value that Go makes of it. Keys of structures come out as documented; a null says what Go makes of
 * it: nothing in a structure, the type's zero in a list or map.
 * @throws Refusal where Go would fail, and where it would choose (duplicates, keys that fold alike, data after the value)
 */
export function readJson(text: string, shape: Shape, unknownFields: UnknownFields): Json {
  const tokens = new JsonTokens(text);
  const value = readValue(tokens, shape, { path: '', depth: 0, unknownFields });
  if (tokens.peek() !== '')
    throw new Refusal('decode/trailing-data', 'the body goes on after its JSON value');
  return value;
}

function readValue(tokens: JsonTokens, shape: Shape, place: Place): Json {
  if (place.depth > DEEPEST)
    throw new Refusal('decode/nesting', `the body is nested deeper than ${DEEPEST} levels`);
  switch (tokens.peek()) {
    case '{':
      return readObject(tokens, shape, place);
    case '[':
      return readList(tokens, shape, place);
    case '"': {
      const value = tokens.string();
      if (shape.kind === 'strings') return [value];
      expect(shape, ['string', 'word'], 'a string', place);
      return shape.kind === 'word' ? readWord(value, shape.words, shape.absent, place) : value;
    }
    case 't':
      tokens.need('true');
      expect(shape, ['bool'], 'true', place);
      return true;
    case 'f':
      tokens.need('false');
      expect(shape, ['bool'], 'false', place);
      return false;
    case 'n':
      tokens.need('null');
      return null;
    default:
      return readNumber(tokens.number(), shape, place);
  }
}

function readObject(tokens: JsonTokens, shape: Shape, place: Place): Json {
  expect(shape, ['map', 'struct'], 'an object', place);
  const object = Object.create(null) as Record<string, Json>;
  const seen = new Set<string>();
  tokens.need('{');
  if (tokens.take('}')) return completed(object, shape);
  do {
    const key = tokens.string();
    tokens.need(':');
    const field = fieldOf(shape, key);
    const inside = within(place, `.${field.name}`);
    // A structure takes any case; what is kept as raw JSON may be a structure to whoever reads it next.
    const same = shape.kind === 'map' ? key : foldKey(key);
    if (seen.has(same))
      throw new Refusal('decode/duplicate-key', `${where(inside)} is given twice, here as ${shown(key)}`);
    seen.add(same);
    const value = readValue(tokens, field.shape, inside);
    if (shape.kind === 'map') object[key] = value ?? zeroOf(shape.of);
    else if (shape.kind === 'any') object[key] = value;
    else if (field.shape === UNKNOWN) checkUnknown(value, inside);
    else if (field.outdated) checkOutdated(value, inside);
    else if (value !== null) object[field.name] = value;
  } while (tokens.take(','));
  tokens.need('}');
  return completed(object, shape);
}

/** What a structure says by leaving it out. */
function completed(object: Record<string, Json>, shape: Shape): Json {
  if (shape.kind === 'struct')
    for (const field of shape.fields.values())
      if (field.shape.kind === 'word' && field.shape.absent !== undefined)
        object[field.name] ??= field.shape.absent;
  return object;
}

/** Go's `strings.ToUpper` and this one agree on all that makes one of these words. */
function readWord(value: string, words: readonly string[], absent: string | undefined, place: Place): string {
  if (value === '') return absent ?? '';
  const found = words.find((word) => word.toUpperCase() === value.toUpperCase());
  if (found === undefined)
    throw new Refusal(
      'decode/word',
      `${where(place)} must be one of ${words.join(', ')}, not ${shown(value)}`,
    );
  return found;
}

function within(place: Place, step: string): Place {
  return { ...place, path: place.path + step, depth: place.depth + 1 };
}

function checkUnknown(value: Json, place: Place): void {
  if (place.unknownFields === 'refused' && !saysNothing(value))
    throw new Refusal(
      'decode/unknown-field',
      `${where(place)} is a field that no known engine has`,
      'Leave it out, or name an API version in the path that Swarmwall knows, as in /v1.41/.',
    );
}

function checkOutdated(value: Json, place: Place): void {
  if (!saysNothing(value))
    throw new Refusal(
      'decode/outdated-field',
      `${where(place)} is read by some engines only`,
      'Put it in "HostConfig".',
    );
}

function saysNothing(value: Json): boolean {
  if (typeof value === 'object') return value === null || Object.keys(value).length === 0;
  return value === false || value === 0 || value === '';
}

function fieldOf(shape: Shape, key: string): Field {
  if (shape.kind === 'map') return { name: key, shape: shape.of };
  if (shape.kind === 'struct') return shape.fields.get(foldKey(key)) ?? { name: key, shape: UNKNOWN };
  return { name: key, shape: ANY };
}

function readList(tokens: JsonTokens, shape: Shape, place: Place): Json {
  expect(shape, ['list', 'strings'], 'a list', place);
  const of: Shape = shape.kind === 'list' ? shape.of : shape.kind === 'strings' ? { kind: 'string' } : ANY;
  const list: Json[] = [];
  tokens.need('[');
  if (tokens.take(']')) return list;
  do {
    const inside = within(place, `[${list.length}]`);
    list.push(readValue(tokens, of, inside) ?? zeroOf(of));
  } while (tokens.take(','));
  tokens.need(']');
  return list;
}

/** `1.0` and `1e3` are no integers to Go. */
function readNumber(text: string, shape: Shape, place: Place): Json {
  expect(shape, ['int', 'float'], 'a number', place);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Refusal('decode/number', `${where(place)} is too large a number`);
  if (shape.kind !== 'int') return value;
  if (!/^-?[0-9]{1,20}$/u.test(text) || BigInt(text) < shape.least || BigInt(text) > shape.most)
    throw new Refusal(
      'decode/number',
      `${where(place)} must be a whole number that fits, not ${shown(text)}`,
    );
  return value === 0 ? 0 : value;
}

function zeroOf(shape: Shape): Json {
  switch (shape.kind) {
    case 'any':
      return null;
    case 'string':
      return '';
    case 'word':
      return shape.absent ?? '';
    case 'bool':
      return false;
    case 'int':
    case 'float':
      return 0;
    case 'strings':
    case 'list':
      return [];
    case 'map':
    case 'struct':
      return completed(Object.create(null) as Record<string, Json>, shape);
  }
}

function expect(shape: Shape, kinds: readonly Shape['kind'][], found: string, place: Place): void {
  if (shape.kind === 'any' || kinds.includes(shape.kind)) return;
  const wanted = {
    string: 'a string',
    word: 'a string',
    bool: 'true or false',
    int: 'a whole number',
    float: 'a number',
  } as const;
  const most =
    shape.kind === 'map' || shape.kind === 'struct'
      ? 'an object'
      : shape.kind === 'list' || shape.kind === 'strings'
        ? 'a list'
        : wanted[shape.kind];
  throw new Refusal('decode/type', `${where(place)} must be ${most}, not ${found}`);
}

function where({ path }: Place): string {
  return path === '' ? 'the body' : shown(path.replace(/^\./u, ''));
}
