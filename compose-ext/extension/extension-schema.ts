import Joi from 'joi';
import { GROUP_NAME, GROUP_NAME_HINT } from '../group-name.ts';

/** x-swarmwall, strictly. As in Kubernetes, a key with nothing after it counts as not written. */
const object = (keys: Joi.SchemaMap) => Joi.object(keys).empty(null);
const list = (items: Joi.Schema) => Joi.array().items(items).empty(null);
const labelValue = Joi.alternatives(Joi.string().allow(''), Joi.number(), Joi.boolean()).messages({
  'alternatives.types': 'must be text',
});

const expression = Joi.object({
  key: Joi.string().required(),
  operator: Joi.valid('In', 'NotIn', 'Exists', 'DoesNotExist').required(),
  values: Joi.array()
    .items(Joi.string().allow(''))
    .when('operator', [
      { is: Joi.valid('In', 'NotIn'), then: Joi.array().min(1).required() },
      { is: Joi.valid('Exists', 'DoesNotExist'), then: Joi.array().max(0).empty(null) },
    ]),
});

const selector = object({
  matchLabels: object({}).pattern(Joi.string(), Joi.string().allow('')),
  matchExpressions: list(expression),
});

const peer = Joi.object({
  serviceSelector: selector,
  stackSelector: selector,
  ipBlock: object({ cidr: Joi.string().required(), except: list(Joi.string()) }),
  service: Joi.string(),
  group: Joi.string()
    .pattern(GROUP_NAME)
    .messages({ 'string.pattern.base': `must be the name of a group: ${GROUP_NAME_HINT}` }),
  world: Joi.valid(true),
})
  .or('serviceSelector', 'stackSelector', 'ipBlock', 'group', 'service', 'world')
  .without('ipBlock', ['serviceSelector', 'stackSelector', 'service', 'group', 'world'])
  .without('service', ['serviceSelector', 'stackSelector', 'group', 'world'])
  .without('group', ['serviceSelector', 'stackSelector', 'world'])
  .without('world', ['serviceSelector', 'stackSelector'])
  .messages({
    'object.missing': 'must be a peer: serviceSelector, stackSelector, ipBlock, group, service or world',
    'object.without': 'mixes kinds of peers: {{#main}} and {{#peer}} cannot stand together',
  });

const port = Joi.object({
  port: Joi.alternatives(Joi.number().integer().min(1).max(65535), Joi.string()).messages({
    'alternatives.types': 'must be a number or a name',
    'alternatives.match': 'must be a number from 1 to 65535, or a name',
  }),
  endPort: Joi.number().integer().min(1).max(65535),
  protocol: Joi.valid('TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp'),
});

const rules = (peers: 'from' | 'to') => list(Joi.object({ [peers]: list(peer), ports: list(port) }));

const policy = Joi.object({
  name: Joi.string()
    .pattern(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)
    .max(253)
    .messages({ 'string.pattern.base': 'must be letters, digits, ".", "_" and "-"' })
    .required(),
  serviceSelector: selector,
  policyTypes: list(Joi.valid('Ingress', 'Egress')),
  ingress: rules('from'),
  egress: rules('to'),
});

const action = Joi.valid('allow', 'deny');

export const extensionSchema = Joi.object({
  default: object({ ingress: action, egress: action }),
  encrypted: Joi.boolean(),
  isolation: Joi.valid('strict', 'balanced', 'off'),
  mode: Joi.valid('enforce', 'audit'),
  labels: object({}).pattern(Joi.string(), labelValue),
  policies: list(policy),
}).empty(null);
