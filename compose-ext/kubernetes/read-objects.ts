import { checkSchema } from '../syntax/schema-errors.ts';
import { get, isMapTree, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import Joi from 'joi';
import type { ManifestObject, ObjectContext } from './manifest.ts';

const listSchema = Joi.object({ items: Joi.array().empty(null) }).unknown();
const HINT = 'Every Kubernetes object has an apiVersion and a kind.';

/** What a list's items may leave out. */
interface Implied {
  readonly apiVersion?: string;
  readonly kind?: string;
}

/** The objects of one document: itself, or those of a `List` or a typed list such as `NetworkPolicyList`. */
export function readObjects(tree: Tree, context: ObjectContext, implied: Implied = {}): ManifestObject[] {
  const { source, report } = context;
  if (!isMapTree(tree)) {
    report.error('invalid-root', source.at(tree.offset), 'a manifest must be a map', HINT);
    return [];
  }
  const read = (key: 'apiVersion' | 'kind'): string | undefined => {
    const value = get(tree, key);
    const text = value === undefined ? implied[key] : textOf(value);
    if (text === undefined || text === '') {
      report.error('missing-key', source.at((value ?? tree).offset), `"${key}" is missing`, HINT);
      return undefined;
    }
    if (value?.kind !== 'scalar' || typeof value.value === 'string') return text;
    report.error('invalid-value', source.at(value.offset), `"${key}" must be text`, HINT);
    return undefined;
  };
  const [apiVersion, kind] = [read('apiVersion'), read('kind')];
  if (apiVersion === undefined || kind === undefined) return [];
  if (!kind.endsWith('List')) return [{ apiVersion, kind, tree, source }];
  checkSchema(tree, listSchema, source, report);
  const ofItems = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return itemsOf(get(tree, 'items')).flatMap((item) => readObjects(item, context, ofItems));
}
