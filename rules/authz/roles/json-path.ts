import type { Json, JsonObject } from '../api-request.ts';

/** Readers of a decoded body: what is not of the expected shape is not there. */
export function objectAt(body: Json | undefined, ...path: readonly string[]): JsonObject | undefined {
  const found = at(body, path);
  return isObject(found) ? found : undefined;
}

export function listAt(body: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(body, path);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

/** Undefined for an empty one, too. */
export function textAt(body: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = at(body, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function at(body: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    body,
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
