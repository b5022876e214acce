import { entriesOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { ObjectContext } from './manifest.ts';

const NAME = /^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const PREFIX = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** Keys and values of a map of labels, as Kubernetes has them. */
export function checkLabels(labels: Tree | undefined, context: ObjectContext): void {
  for (const [key, { keyOffset, value }] of entriesOf(labels)) {
    checkKey(key, keyOffset, context);
    checkValue(value, context);
  }
}

export function checkKey(key: string, offset: number, { source, report }: ObjectContext): void {
  if (isLabelKey(key)) return;
  const hint = 'Keys look like app or example.com/app: at most 63 characters after the "/".';
  report.error('invalid-selector', source.at(offset), `"${key}" is not a label key`, hint);
}

export function checkValue(value: Tree, { source, report }: ObjectContext): void {
  // What is not text is the schema's to report.
  if (value.kind !== 'scalar' || typeof value.value !== 'string' || isLabelValue(value.value)) return;
  const hint = 'At most 63 letters, digits, ".", "_" and "-", with a letter or digit at either end.';
  report.error('invalid-selector', source.at(value.offset), `"${value.value}" is not a label value`, hint);
}

/** Of labels and annotations: `app`, `example.com/app`. */
export function isLabelKey(key: string): boolean {
  const [first = '', second, ...more] = key.split('/');
  if (more.length > 0) return false;
  return second === undefined ? NAME.test(first) : PREFIX.test(first) && NAME.test(second);
}

export function isLabelValue(value: string): boolean {
  return value === '' || NAME.test(value);
}
