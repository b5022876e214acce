import Joi from 'joi';
import type { Labels } from '../policy-model.ts';
import { entriesOf, get, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';

export const DEFAULT_NAMESPACE = 'default';

const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

const texts = Joi.object().pattern(Joi.string(), Joi.string().allow('')).empty(null);
const name = Joi.string()
  .max(253)
  .pattern(SUBDOMAIN)
  .messages({ 'string.pattern.base': 'must be small letters, digits, "-" and "."' });
export const namespaceName = Joi.string()
  .max(63)
  .pattern(LABEL)
  .messages({ 'string.pattern.base': 'must be small letters, digits and "-"' });

/** ObjectMeta, strictly. */
export const metadataSchema = Joi.object({
  name: name.required(),
  namespace: namespaceName.empty(null).empty(''),
  labels: texts,
  annotations: texts,
  generateName: Joi.any(),
  creationTimestamp: Joi.any(),
  deletionTimestamp: Joi.any(),
  deletionGracePeriodSeconds: Joi.any(),
  finalizers: Joi.any(),
  generation: Joi.any(),
  managedFields: Joi.any(),
  ownerReferences: Joi.any(),
  resourceVersion: Joi.any(),
  selfLink: Joi.any(),
  uid: Joi.any(),
});

export const labelsSchema = texts;

export function nameOf(object: Tree): string {
  return textOf(get(object, 'metadata', 'name')) ?? '';
}

export function namespaceOf(object: Tree): string {
  return textOf(get(object, 'metadata', 'namespace')) || DEFAULT_NAMESPACE;
}

/** Of a map of labels that has been checked. */
export function readLabels(labels: Tree | undefined): Labels {
  return Object.fromEntries([...entriesOf(labels)].map(([key, { value }]) => [key, textOf(value) ?? '']));
}
