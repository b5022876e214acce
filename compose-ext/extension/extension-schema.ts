import Joi from 'joi';
import { groupName } from '../cluster-policy/object-name.ts';

/**
 * x-swarmwall, strictly. As in Kubernetes, a key with nothing after it counts as not written. The descriptions are
 * shown by editors: `json-schema/` publishes all of this as JSON Schema.
 */
const object = (keys: Joi.SchemaMap) => Joi.object(keys).empty(null);
const list = (items: Joi.Schema) => Joi.array().items(items).empty(null);
const labelValue = Joi.alternatives(Joi.string().allow(''), Joi.number(), Joi.boolean()).messages({
  'alternatives.types': 'must be text',
});

const expression = Joi.object({
  key: Joi.string().required().description('The name of a label.'),
  operator: Joi.valid('In', 'NotIn', 'Exists', 'DoesNotExist')
    .required()
    .description('NotIn holds for a service without the label, too.'),
  values: Joi.array()
    .items(Joi.string().allow(''))
    .when('operator', [
      { is: Joi.valid('In', 'NotIn'), then: Joi.array().min(1).required() },
      { is: Joi.valid('Exists', 'DoesNotExist'), then: Joi.array().max(0).empty(null) },
    ])
    .description('For In and NotIn; Exists and DoesNotExist have none.'),
});

export const selectorSchema = (description: string) =>
  object({
    matchLabels: object({})
      .pattern(Joi.string(), Joi.string().allow(''))
      .description('Labels that must all have these values.'),
    matchExpressions: list(expression).description('Further conditions that must all hold.'),
  }).description(description);

const cidr = Joi.string().description('10.0.0.0/8 or 2001:db8::/32; a bare address is a block of one.');

/** Each stands alone in a peer, unlike the two selectors. */
const lonePeers = {
  ipBlock: object({
    cidr: cidr.required(),
    except: list(cidr).description('Blocks inside it that are left out.'),
  }).description('Addresses outside the cluster.'),
  service: Joi.string().description('service, or stack/service.'),
  group: groupName.description('A named group of address blocks that administrators keep.'),
  world: Joi.valid(true).description('Every address outside the cluster.'),
};

const dnsName = Joi.string().description(
  'The addresses outside that DNS gives for a name; *.example.com is every name below example.com.',
);

/** `more`: kinds of peers that are only of one place. */
export function peerSchema(more: Joi.SchemaMap = {}): Joi.Schema {
  const selectors = {
    serviceSelector: selectorSchema('Services with these labels; {} is all of them.'),
    stackSelector: selectorSchema(
      'Stacks with these labels; without it, this stack. Each stack has the label "name".',
    ),
  };
  const alone = { ...lonePeers, ...more };
  const names = Object.keys(alone);
  const kinds = [...Object.keys(selectors), ...names];
  return names
    .reduce<Joi.ObjectSchema>(
      (schema, name, at) => schema.without(name, [...Object.keys(selectors), ...names.slice(at + 1)]),
      Joi.object({ ...selectors, ...alone }).or(...kinds),
    )
    .messages({
      'object.missing': `must be a peer: ${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1) ?? ''}`,
      'object.without': 'mixes kinds of peers: {{#main}} and {{#peer}} cannot stand together',
    });
}

const protocol = Joi.valid('TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp').description('TCP unless said.');

export const portSchema = Joi.object({
  port: Joi.alternatives(Joi.number().integer().min(1).max(65535), Joi.string())
    .messages({
      'alternatives.types': 'must be a number or a name',
      'alternatives.match': 'must be a number from 1 to 65535, or a name',
    })
    .description("The container's port, by number or name; absent: every port of the protocol."),
  endPort: Joi.number().integer().min(1).max(65535).description('The last of a range that starts at "port".'),
  protocol,
});

const rules = (peers: 'from' | 'to') =>
  list(
    Joi.object({
      [peers]: list(peerSchema(peers === 'to' ? { dnsName } : {})).description(
        'Missing or empty: everybody.',
      ),
      ports: list(portSchema).description('Missing or empty: every port.'),
    }),
  );

const policy = Joi.object({
  name: Joi.string()
    .pattern(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/)
    .max(253)
    .messages({ 'string.pattern.base': 'must be letters, digits, ".", "_" and "-"' })
    .required()
    .description('Unique in the stack; verdicts name it.'),
  serviceSelector: selectorSchema(
    'The services of this stack that it is about; missing or empty: all of them.',
  ),
  policyTypes: list(Joi.valid('Ingress', 'Egress')).description(
    'The directions that it isolates: Ingress unless said, and Egress when there are egress rules.',
  ),
  ingress: rules('from').description('Who may connect; none at all: nobody.'),
  egress: rules('to').description('To whom they may connect; none at all: to nobody.'),
});

const action = Joi.valid('allow', 'deny');

export const extensionSchema = Joi.object({
  default: object({
    ingress: action.description('deny unless said.'),
    egress: action.description('allow unless said.'),
  }).description('For services that no policy selects in that direction.'),
  encrypted: Joi.boolean().description('Whether segments are encrypted overlays; true unless said.'),
  isolation: Joi.valid('strict', 'balanced', 'off').description(
    'strict: two services share a network only if some policy lets them talk. balanced: fewer networks. off: the networks as written.',
  ),
  mode: Joi.valid('enforce', 'audit').description('audit: pass, but count what would be denied.'),
  dns: Joi.valid('open', 'strict').description(
    'strict: services with rules by DNS name get answers for the names in them only; open unless said.',
  ),
  labels: object({})
    .pattern(Joi.string(), labelValue)
    .description('The stack\'s labels, for stackSelector; "name" is there unless nameLabel says otherwise.'),
  nameLabel: Joi.boolean().description('false: the stack has no label "name" but one that is written.'),
  policies: list(policy).description('Policies in the manner of NetworkPolicy; allows add up.'),
  limits: list(
    Joi.object({
      serviceSelector: selectorSchema('The services of this stack; missing or empty: all of them.'),
      limit: Joi.string()
        .required()
        .description('As in the label swarmwall.limit: "connections=200 rate=50/s burst=100 per=peer".'),
    }),
  ).description(
    'How many connections services take. The first that selects a service counts; its own label wins.',
  ),
  lint: object({})
    .pattern(Joi.string(), Joi.valid('off', 'warning', 'error'))
    .description('Rules of "swarmwall lint", by id: off, warning or error.'),
}).empty(null);

/** x-swarmwall of one service. */
export const serviceExtensionSchema = Joi.object({
  ports: list(
    Joi.object({
      name: Joi.string().required().description('What policies call it.'),
      port: Joi.number().integer().min(1).max(65535).required().description("The container's port."),
      protocol,
    }),
  ).description('Names of ports, published or not.'),
  mode: Joi.valid('enforce', 'audit').description("In place of the stack's."),
}).empty(null);
