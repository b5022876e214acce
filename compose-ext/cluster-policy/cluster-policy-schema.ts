import Joi from 'joi';
import { peerSchema, portSchema, selectorSchema } from '../extension/extension-schema.ts';
import { groupName, policyName } from './object-name.ts';

/** Our own kinds, strictly. As in Kubernetes, a key with nothing after it counts as not written. */
const list = (items: Joi.Schema) => Joi.array().items(items).empty(null);

const peer = peerSchema({ any: Joi.valid(true) });

const rules = (peers: 'from' | 'to') =>
  list(
    Joi.object({
      name: Joi.string().max(100).empty(null),
      action: Joi.valid('Allow', 'Deny', 'Pass').required(),
      // Nobody and everybody must not look alike: everybody is written out.
      [peers]: Joi.array()
        .items(peer)
        .min(1)
        .messages({ 'array.min': 'must name somebody; everybody is "any: true"' })
        .required(),
      ports: list(portSchema),
    }),
  );

export const clusterPolicySchema = Joi.object({
  kind: Joi.any(),
  name: policyName.required(),
  tier: Joi.valid('Admin', 'Baseline').required(),
  priority: Joi.number().integer().min(0).max(1000).required(),
  subject: Joi.object({
    stackSelector: selectorSchema('Stacks with these labels; missing or empty: all of them.'),
    serviceSelector: selectorSchema('Services with these labels; missing or empty: all of them.'),
  }).empty(null),
  ingress: rules('from'),
  egress: rules('to'),
});

const block = Joi.alternatives(
  Joi.string(),
  Joi.object({ cidr: Joi.string().required(), except: list(Joi.string()) }),
).messages({ 'alternatives.types': 'must be an address block, or a map of cidr and except' });

export const cidrGroupSchema = Joi.object({
  kind: Joi.any(),
  name: groupName.required(),
  cidrs: list(block).required(),
});
