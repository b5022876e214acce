import Joi from 'joi';
import { metadataSchema } from '../kubernetes/metadata.ts';
import { labelSelectorSchema } from '../kubernetes/network-policy-schema.ts';

/**
 * ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2 as its CRD has it, the experimental channel included
 * (kubernetes-sigs/network-policy-api, apis/v1alpha2).
 */
const MOST = 25;
const object = (keys: Joi.SchemaMap) => Joi.object(keys).empty(null);
const some = (items: Joi.Schema) =>
  Joi.array()
    .items(items)
    .min(1)
    .max(MOST)
    .messages({ 'array.min': 'must not be empty', 'array.max': `has more than ${MOST} entries` });
const exactlyOne = (keys: Joi.SchemaMap, what: string) =>
  object(keys)
    .xor(...Object.keys(keys))
    .messages({
      'object.missing': `must have one of: ${Object.keys(keys).join(', ')}`,
      'object.xor': `must have only one of: ${Object.keys(keys).join(', ')} (${what})`,
    });

const pods = object({
  namespaceSelector: labelSelectorSchema.required(),
  podSelector: labelSelectorSchema.required(),
});
const inCluster = { namespaces: labelSelectorSchema, pods };
const text = Joi.string();
const peers = {
  from: exactlyOne(inCluster, 'a peer'),
  to: exactlyOne(
    { ...inCluster, networks: some(text), nodes: labelSelectorSchema, domainNames: some(text) },
    'a peer',
  ),
};

const number = Joi.number().integer().min(1).max(65535);
const range = object({ start: number.required(), end: number.required() });
const withPort = object({ destinationPort: exactlyOne({ number, range }, 'a port') })
  .min(1)
  .messages({
    'object.min': 'must have a destinationPort',
  });
const protocol = exactlyOne(
  { tcp: withPort, udp: withPort, sctp: withPort, destinationNamedPort: text },
  'a protocol',
);

const rules = (direction: keyof typeof peers) =>
  Joi.array()
    .items(
      Joi.object({
        name: Joi.string().allow('').max(100),
        action: Joi.valid('Accept', 'Deny', 'Pass').required(),
        [direction]: some(peers[direction]).required(),
        protocols: some(protocol).empty(null),
      }),
    )
    .max(MOST)
    .messages({ 'array.max': `has more than ${MOST} entries` })
    .empty(null);

export const clusterNetworkPolicySchema = Joi.object({
  apiVersion: Joi.any(),
  kind: Joi.any(),
  metadata: metadataSchema.required(),
  spec: object({
    tier: Joi.valid('Admin', 'Baseline').required(),
    priority: Joi.number().integer().min(0).max(1000).required(),
    subject: exactlyOne(inCluster, 'a subject').required(),
    ingress: rules('from'),
    egress: rules('to'),
  }).required(),
  status: Joi.any(),
});
