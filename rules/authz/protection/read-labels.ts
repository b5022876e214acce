import type { JsonObject } from '../api-request.ts';
import { objectAt } from '../roles/json-path.ts';

export type Labels = ReadonlyMap<string, string>;

/** Labels at a place of a body or of a stored spec; what is no text is the engine's to refuse. */
export function labelsAt(body: JsonObject | undefined, ...path: readonly string[]): Labels {
  const labels = Object.entries(objectAt(body, ...path, 'Labels') ?? {});
  return new Map(labels.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}

/** Keys that one has and the other has not, or has with another value. */
export function changedKeys(before: Labels, after: Labels): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
}
