import type { Json, JsonObject } from '../api-request.ts';
import type { Ask, AskedThing } from './wish.ts';

/** A value of a body, or the absence of one, and the way to it: `HostConfig.CapAdd[0]`. */
export interface Field {
  readonly value: Json | undefined;
  readonly path: string;
}

/** Collects what is asked for. */
export interface Asking {
  readonly asks: Ask[];
  add(at: Field | string, asked: AskedThing): void;
}

export function createAsking(): Asking {
  const asks: Ask[] = [];
  return {
    asks,
    add(at, asked) {
      asks.push({ ...asked, path: typeof at === 'string' ? at : at.path });
    },
  };
}

export function rootField(body: JsonObject | undefined): Field {
  return { value: body, path: '' };
}

/**
 * A structure's field, in whatever case it is spelt, as encoding/json finds it. The decoder lets no two spellings through;
 * if it did, the last would count, as in Go.
 */
export function field(of: Field, ...names: readonly string[]): Field {
  return names.reduce<Field>((at, name) => {
    const path = at.path === '' ? name : `${at.path}.${name}`;
    if (!isObject(at.value)) return { value: undefined, path };
    const wanted = fold(name);
    const key = Object.keys(at.value).findLast((each) => each === name || fold(each) === wanted);
    return { value: key === undefined ? undefined : at.value[key], path };
  }, of);
}

/** JavaScript's upper case of U+017F and of U+212A's lower case are the letters that Go folds them to. */
function fold(key: string): string {
  return key.toLowerCase().toUpperCase();
}

/** `null` is Go's zero value: as if nothing were written. */
export function isGiven({ value }: Field): boolean {
  return value !== undefined && value !== null;
}

export function textOf(at: Field, asking: Asking): string {
  if (typeof at.value === 'string') return at.value;
  if (isGiven(at)) asking.add(at, { kind: 'unreadable', expected: 'text' });
  return '';
}

export function boolOf(at: Field, asking: Asking): boolean {
  if (typeof at.value === 'boolean') return at.value;
  if (isGiven(at)) asking.add(at, { kind: 'unreadable', expected: 'true or false' });
  return false;
}

export function numberOf(at: Field, asking: Asking): number {
  if (typeof at.value === 'number') return at.value;
  if (isGiven(at)) asking.add(at, { kind: 'unreadable', expected: 'a number' });
  return 0;
}

export function itemsOf(at: Field, asking: Asking): Field[] {
  if (Array.isArray(at.value))
    return (at.value as readonly Json[]).map((value, index) => ({ value, path: `${at.path}[${index}]` }));
  if (isGiven(at)) asking.add(at, { kind: 'unreadable', expected: 'a list' });
  return [];
}

/** A list of texts. moby's StrSlice also takes one text for a list of one. */
export function textsOf(at: Field, asking: Asking): { readonly text: string; readonly at: Field }[] {
  if (typeof at.value === 'string') return [{ text: at.value, at }];
  return itemsOf(at, asking).map((item) => ({ text: textOf(item, asking), at: item }));
}

/** A map's entries, its keys as sent. */
export function entriesOf(at: Field, asking: Asking): (readonly [key: string, value: Field])[] {
  if (isObject(at.value))
    return Object.entries(at.value).map(([key, value]) => [key, { value, path: `${at.path}["${key}"]` }]);
  if (isGiven(at)) asking.add(at, { kind: 'unreadable', expected: 'a map' });
  return [];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
