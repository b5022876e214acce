import type Joi from 'joi';
import { suggest } from '../nearest.ts';
import type { Report } from '../report.ts';
import type { SourceText } from './source-text.ts';
import { isUnknownAt, offsetOf, toPlain } from './tree-access.ts';
import type { Tree } from './yaml-tree.ts';

interface Description {
  readonly type?: string;
  readonly keys?: Readonly<Record<string, Description>>;
  readonly items?: readonly Description[];
  readonly matches?: readonly {
    readonly schema?: Description;
    readonly then?: Description;
    readonly otherwise?: Description;
  }[];
}

/** In YAML's words. */
const MESSAGES = {
  'object.base': 'must be a map',
  'array.base': 'must be a list',
  'array.max': 'must be empty',
  'string.base': 'must be text',
  'boolean.base': 'must be true or false',
};

/** Checks a tree against a joi schema; every mistake goes to the report, at its own place. */
export function checkSchema(
  tree: Tree,
  schema: Joi.Schema,
  source: SourceText,
  report: Report,
  name = '',
): boolean {
  const { error } = schema.validate(toPlain(tree), {
    abortEarly: false,
    convert: false,
    errors: { label: false },
    messages: MESSAGES,
  });
  if (error === undefined) return true;
  for (const item of error.details) {
    const path = item.path;
    if (isUnknownAt(tree, path)) continue;
    const label = [name, ...path].filter((part) => part !== '').join('.');
    if (item.type === 'object.unknown') {
      const key = String(path.at(-1));
      const at = source.at(offsetOf(tree, path, 'key'));
      const allowed = allowedKeys(schema.describe() as Description, path.slice(0, -1));
      const hint = suggest(key, allowed, `Known keys: ${allowed.join(', ')}.`);
      report.error('unknown-key', at, `"${label}" is not a known key`, hint);
    } else if (item.type === 'any.required') {
      const at = source.at(offsetOf(tree, path, 'value'));
      report.error('missing-key', at, `"${label}" is missing`, '');
    } else {
      const at = source.at(offsetOf(tree, path, 'value'));
      report.error('invalid-value', at, `"${label}" ${item.message}`, '');
    }
  }
  return false;
}

/** The keys that joi would take at a path; what joi's error does not tell. */
function allowedKeys(description: Description, path: readonly (string | number)[]): string[] {
  let at: Description | undefined = description;
  for (const step of path) {
    at = typeof step === 'number' ? at?.items?.[0] : at?.keys?.[step];
    at = at?.matches?.map(({ schema, otherwise, then }) => schema ?? otherwise ?? then)[0] ?? at;
  }
  return Object.keys(at?.keys ?? {});
}
