import Joi from 'joi';
import { metadataSchema } from './metadata.ts';

/** networking.k8s.io/v1 NetworkPolicy, strictly. As in Kubernetes, null counts as not written, except in a list. */
const object = (keys: Joi.SchemaMap) => Joi.object(keys).empty(null);
const list = (items: Joi.Schema) => Joi.array().items(items).empty(null);

const expression = Joi.object({
  key: Joi.string().required(),
  operator: Joi.valid('In', 'NotIn', 'Exists', 'DoesNotExist').required(),
  values: list(Joi.string().allow('')).when('operator', [
    { is: Joi.valid('In', 'NotIn'), then: Joi.array().min(1).required() },
    { is: Joi.valid('Exists', 'DoesNotExist'), then: Joi.array().max(0) },
  ]),
});

export const labelSelectorSchema = object({
  matchLabels: object({}).pattern(Joi.string(), Joi.string().allow('')),
  matchExpressions: list(expression),
});

const peer = Joi.object({
  podSelector: labelSelectorSchema,
  namespaceSelector: labelSelectorSchema,
  ipBlock: object({ cidr: Joi.string().required(), except: list(Joi.string()) }),
})
  .or('podSelector', 'namespaceSelector', 'ipBlock')
  .without('ipBlock', ['podSelector', 'namespaceSelector'])
  .messages({
    'object.missing': 'must be a peer: podSelector, namespaceSelector or ipBlock',
    'object.without': 'mixes kinds of peers: {{#main}} and {{#peer}} cannot stand together',
  });

const portNumber = Joi.number().integer().min(1).max(65535);
const WRONG_PORT = 'must be a number from 1 to 65535, or a name';
const port = Joi.object({
  protocol: Joi.valid('TCP', 'UDP', 'SCTP').empty(null),
  port: Joi.alternatives(portNumber, Joi.string())
    .empty(null)
    .messages({ 'alternatives.types': WRONG_PORT, 'alternatives.match': WRONG_PORT }),
  endPort: portNumber.empty(null),
});

const rules = (peers: 'from' | 'to') => list(Joi.object({ [peers]: list(peer), ports: list(port) }));

export const networkPolicySchema = Joi.object({
  apiVersion: Joi.valid('networking.k8s.io/v1').required(),
  kind: Joi.any(),
  metadata: metadataSchema.required(),
  spec: object({
    podSelector: labelSelectorSchema,
    policyTypes: list(Joi.valid('Ingress', 'Egress'))
      .max(2)
      .messages({ 'array.max': 'has more than two entries' }),
    ingress: rules('from'),
    egress: rules('to'),
  }),
  // Was in Kubernetes 1.24 to 1.27; exported objects still carry it.
  status: Joi.any(),
});
