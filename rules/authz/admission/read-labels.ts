import { entriesOf, textOf, type Asking, type Field } from './read-field.ts';

export function readLabels(map: Field, asking: Asking): Map<string, string> {
  return new Map(entriesOf(map, asking).map(([key, value]) => [key, textOf(value, asking)]));
}

/** Every stack that the labels name: a policy for any of them counts. */
export function stacksOf(labels: ReadonlyMap<string, string>, names: readonly string[]): string[] {
  return names.flatMap((name) => labels.get(name) || []);
}
